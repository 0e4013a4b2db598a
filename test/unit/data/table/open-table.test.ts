/** What a sweep file says of a table beside its columns. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openTable } from '../../../../agent/data/table/open-table.ts';
import type { DataFile } from '../../../../shared/sweep/train/data-config.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sower-open-table-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function open(text: string, said: Partial<DataFile> = {}) {
  const path = join(folder, 't');
  await writeFile(path, text);
  const file: DataFile = { path, format: 'csv', predict: 'classes', columns: {}, ...said };
  const { columns, train, classes } = await openTable({ name: 't', path, file, prepare: [] });
  return { names: columns!.map(({ name }) => name), rows: train.rows, classes };
}

describe('a table of a sweep file', () => {
  it('is cut at tabs where it is TSV, and at what the file says', async () => {
    const commas = 'a,b,c\td\n1,5,2\t3\n1,6,2\t4';
    expect((await open(commas)).names).toEqual(['a', 'b']);
    expect(await open(commas, { format: 'tsv' })).toMatchObject({ names: ['a,b,c'], classes: ['3', '4'] });
    const bars = 'a,x|b\n1,2|3\n1,2|4';
    expect((await open(bars)).names).toEqual(['a']);
    expect((await open(bars, { delimiter: '|' })).names).toEqual(['a,x']);
    expect((await open('a|b\tc\n1|2\t3\n1|2\t4', { format: 'tsv', delimiter: '|' })).names).toEqual(['a']);
  });

  it('begins with its header or with a row, as the file says', async () => {
    const words = 'a,b\nx,y\nz,w';
    expect(await open(words)).toMatchObject({ names: ['a'], rows: 2 });
    expect(await open(words, { header: false })).toMatchObject({ names: ['column_1'], rows: 3 });
    expect(await open('1,2\n3,4\n5,6', { header: true })).toMatchObject({ names: ['1'], rows: 2 });
  });

  it('begins with a header of numbers where the target or a column is one of them', async () => {
    const years = '2010,2011,2012\n1,2,3\n4,5,6';
    expect(await open(years)).toMatchObject({ names: ['column_1', 'column_2'], rows: 3 });
    expect(await open(years, { target: '2011' })).toMatchObject({ names: ['2010', '2012'], classes: ['2', '5'] });
    expect(await open(years, { columns: { '2010': 'ignore' } })).toMatchObject({ names: ['2011'], rows: 2 });
  });
});
