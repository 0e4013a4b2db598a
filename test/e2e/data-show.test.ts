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
});
