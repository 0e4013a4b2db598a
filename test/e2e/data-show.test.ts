import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openHome, type SowerHome } from '../support/sower.ts';

let home: SowerHome;
beforeAll(() => {
  home = openHome();
});
afterAll(() => home.close());

describe('sower data show', () => {
  it('says what a built-in data set holds and draws its first images', async () => {
    const { code, stdout } = await home.run('data', 'show', 'two_digit_sum');
    expect(code).toBe(0);
    const lines = stdout.split('\n');
    expect(lines[0]).toBe('two_digit_sum: 10000 training rows, 2000 test rows; 28 x 56 uint8 values; 19 classes');
    expect(lines.filter((line) => /^\d+ +\d+ +\d+$/.test(line))).toHaveLength(19);
    expect(lines.some((line) => line.includes('@@'))).toBe(true);
  });

  it('has the same numbers for programs', async () => {
    const { stdout } = await home.run('data', 'show', 'digits', '--json');
    const { hash, parts } = JSON.parse(stdout);
    expect(hash).toMatch(/^143dada7c779/);
    expect(parts[0].classRows.reduce((sum: number, rows: number) => sum + rows, 0)).toBe(10_000);
  });

  it('knows the nearest name', async () => {
    const { code, stderr } = await home.run('data', 'show', 'digit');
    expect([code, stderr]).toEqual([
      4,
      expect.stringContaining('E_DATA_NAME there is no data set, file or folder "digit"; did you mean'),
    ]);
  });

  it('looks into the data folder, too, as a sweep does', async () => {
    const folder = join(home.folder, 'kept');
    mkdirSync(folder);
    home.write('kept/rows.csv', 'a,y\n1,no\n2,yes\n3,no');
    const { code, stdout } = await home.run('data', 'show', 'rows.csv', '--data-dir', folder);
    expect([code, stdout]).toEqual([0, expect.stringContaining('rows: 3 training rows')]);
    const { stderr } = await home.run('data', 'show', 'row.csv', '--data-dir', folder);
    expect(stderr).toBe(
      'E_DATA_NAME there is no data set, file or folder "row.csv"; check the path: from this folder, or from that of --data-dir (SOWER_DATA)\n',
    );
  });

  it('says of a table what each column holds, and what is likely to be wrong with it', async () => {
    const rows = Array.from(
      { length: 30 },
      (_, i) => `${i % 7 === 0 ? '' : i},${'rgb'[i % 3]},2,${i < 24 ? 'no' : 'yes'}`,
    );
    const path = home.write('cells.csv', ['size,colour,legs,ill', ...rows, 'c,r,2,yes'].join('\n'));
    const { code, stdout } = await home.run('data', 'show', path);
    expect(code).toBe(0);
    expect(stdout).toContain('cells: 31 training rows; 3 columns (1 of numbers, 2 of categories); 2 classes\n');
    expect(stdout).toMatch(/^warning: classes are unequal: no has 3\.4 times the training rows of yes/m);
    expect(stdout).toMatch(/^warning: column size holds numbers but 1 cell is none, "c" in line 32 the first/m);
    expect(stdout).toMatch(/^warning: column legs is 2 in every row that has a value/m);
    expect(stdout).toMatch(/^colour +category +\. +r 11, b 10, g 10$/m);
    expect(stdout).toMatch(/^yes +7$/m);
    const { columns } = JSON.parse((await home.run('data', 'show', path, '--json')).stdout);
    expect(columns[0]).toMatchObject({ name: 'size', missing: 5, strays: { cells: 1, word: 'c', line: 32 } });
  });
});
