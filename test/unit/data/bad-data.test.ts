/** Every fault of a table that a person may bring, as the file it comes in and the sentence it is answered with. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { measureData, openData } from '../../../agent/data/index.ts';
import { describeError, SowerError } from '../../../shared/kernel/errors.ts';
import { dataConfig } from '../../../shared/sweep/index.ts';
import type { WrittenData } from '../../../shared/sweep/train/data.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sower-bad-data-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const folders = () => ({ dataDir: folder, cacheDir: join(folder, 'cache') });

async function refusal(file: string, bytes: string | Uint8Array, asked: WrittenData): Promise<string> {
  await writeFile(join(folder, file), bytes);
  try {
    await openData(dataConfig({ file, ...asked }), folders());
  } catch (error) {
    if (error instanceof SowerError) return describeError(error).replaceAll(folder, '~');
    throw error;
  }
  return 'accepted';
}

const ENCODE = (name: string) => `add "- encode: {method: one_hot}", or "columns: {${name}: ignore}" to leave out`;
const IMPUTE = 'add "- impute: {strategy: median}", or "- drop_rows: {missing: true}"';
const MEDIAN = { impute: { strategy: 'median' } } as const;

describe('a table is refused in one sentence', () => {
  it.each<readonly [string, string | Uint8Array, WrittenData, string]>([
    [
      'a ragged row',
      'a,b,y\n1,2,0\n3,1\n',
      {},
      'E_DATA_ROW ~/t.csv:3: the row has 2 cells, expected 3; add or remove cells; a cell that holds the delimiter is written in double quotes',
    ],
    [
      'no rows',
      'a,b,y\n',
      {},
      'E_DATA_ROW ~/t.csv: the table has 0 rows; put rows below the header, or add header: false where the first line is a row',
    ],
    ['an empty file', '', {}, 'E_DATA_ROW ~/t.csv: the file is empty; put rows into it'],
    [
      'empty cells',
      'a,b,y\n1,,0\n,2,1\n,3,0\n',
      {},
      `E_DATA_MISSING_CELLS train.data.prepare: cells are missing in columns a (2) and b (1); ${IMPUTE}`,
    ],
    [
      'NaN',
      'a,y\n1,0\nNaN,1\n',
      {},
      `E_DATA_MISSING_CELLS train.data.prepare: cells are missing in column a (1); ${IMPUTE}`,
    ],
    [
      'a column without any cell',
      'a,b,y\n1,,0\n2,,1\n',
      { prepare: [MEDIAN] },
      'E_DATA_MISSING_CELLS train.data.prepare: column b is empty in all 2 training rows; leave it out: "columns: {b: ignore}" in train.data',
    ],
    [
      'a word in a column of numbers',
      'a,y\n1,0\nf,1\n',
      { columns: { a: 'number' } },
      'E_DATA_ROW ~/t.csv:3: "f" in column a is no number; add "- coerce" to train.data.prepare to take such cells for missing, or make a a category in train.data.columns',
    ],
    [
      'words that alone keep a column from being one of numbers',
      'a,y\n1,0\nf,1\n2,1\n3,0\n',
      {},
      'E_DATA_ENCODE train.data.prepare: column a holds categories, and a model takes numbers only; a would be numbers but for 1 cell such as "f" in line 3; add "- coerce" as the first step to take such cells for missing, or "- encode: {method: one_hot}", or "columns: {a: ignore}" to leave out',
    ],
    [
      'categories',
      's,t,y\nm,x,0\nf,y,1\n',
      {},
      `E_DATA_ENCODE train.data.prepare: columns s and t hold categories, and a model takes numbers only; ${ENCODE('s')}`,
    ],
    [
      'decimal commas',
      'a;b;y\n1,5;1;0\n-2,25;2;1\n3;3;0\n',
      {},
      'E_DATA_ENCODE train.data.prepare: column a holds categories, and a model takes numbers only; numbers such as "-2,25" in a are read with a decimal point only; write them with a point, or add "- encode: {method: one_hot}", or "columns: {a: ignore}" to leave out',
    ],
    [
      'a number beyond float32',
      'a,y\n1,0\n1e39,1\n',
      {},
      'E_DATA_ROW ~/t.csv:3: 1e+39 in column a is too large for a float32; write smaller numbers, or drop the row with "- drop_rows: {above: 1e38}"',
    ],
    [
      'a missing target',
      'a,y\n1,0\n2,\n3,1\n4,?\n',
      {},
      'E_DATA_LABEL ~/t.csv:3: y, which is to be predicted, is missing in this row and of 1 more; add "- drop_rows: {missing: true, columns: [y]}" to train.data.prepare',
    ],
    [
      'one class only',
      'a,y\n1,no\n2,no\n',
      {},
      'E_DATA_LABEL ~/t.csv: all 2 rows have "no" as y; give rows of at least two classes: there is nothing to tell apart',
    ],
    [
      'numbers taken for classes',
      `a,y\n${Array.from({ length: 1200 }, (_, i) => `1,${i}`).join('\n')}`,
      {},
      'E_DATA_LABEL ~/t.csv: y has 1200 different values, too many for classes; say predict: numbers, or name another target',
    ],
    [
      'a word among numbers to predict',
      'a,y\n1,3\n2,high\n',
      { predict: 'numbers' },
      'E_DATA_ROW ~/t.csv:3: "high" in column y is no number; add "- coerce" to train.data.prepare to take such cells for missing, or make y a category in train.data.columns',
    ],
    [
      'a class that is not there',
      'a,y\n1,0\n2,1\n',
      { classes: [0, 5] },
      'E_DATA_CLASSES train.data.classes: t has no class 5; list classes that the data has',
    ],
    [
      'a target that is not there',
      'age,outcome\n1,0\n2,1\n',
      { target: 'outcom' },
      'E_DATA_COLUMN train.data.target: the table has no column "outcom"; did you mean "outcome"?',
    ],
    [
      'a target that is ignored',
      'age,outcome\n1,0\n2,1\n',
      { target: 'outcome', columns: { outcome: 'ignore' } },
      'E_DATA_COLUMN train.data.target: the column outcome is ignored; take ignore away from it in train.data.columns',
    ],
    [
      'a column type that is not there',
      'age,y\n1,0\n2,1\n',
      { columns: { aeg: 'number' } },
      'E_DATA_COLUMN train.data.columns: the table has no column "aeg"; did you mean "age"?',
    ],
    [
      'a column of a step that is not there',
      'age,y\n1,0\n2,1\n',
      { prepare: [{ drop_rows: { columns: ['aeg'], missing: true } }] },
      'E_DATA_COLUMN train.data.prepare, drop_rows: the table has no column "aeg"; did you mean "age"?',
    ],
    [
      'a column of a fitted step that is not there',
      'age,y\n1,0\n2,1\n',
      { prepare: [{ standardize: { columns: ['aeg'] } }] },
      'E_DATA_COLUMN train.data.prepare, standardize: the table has no feature "aeg"; did you mean "age"?',
    ],
    [
      'a step for the other kind of column',
      's,y\nm,0\nf,1\n',
      { prepare: [{ standardize: { columns: ['s'] } }] },
      'E_DATA_COLUMN train.data.prepare, standardize: standardize is for numbers, but column s holds categories; give standardize the columns that hold numbers',
    ],
    [
      'a word as a constant for numbers',
      'a,y\n1,0\n,1\n',
      { prepare: [{ impute: { strategy: 'constant', value: 'none', columns: ['a'] } }] },
      'E_DATA_COLUMN train.data.prepare, impute: column a holds numbers, and "none" is none; give a number as its value',
    ],
    [
      'rules that drop every row',
      'a,y\n1,0\n2,1\n',
      { prepare: [{ drop_rows: { above: 0 } }] },
      'E_DATA_ROW ~/t.csv: drop_rows leaves none of its 2 rows; name the columns that it is for, or choose other limits',
    ],
    [
      'a target alone',
      'y\n0\n1\n',
      {},
      'E_DATA_FORMAT ~/t.csv: the table has no column but y; add columns to predict it from, or say in train.data which delimiter stands between cells',
    ],
    [
      'smote with a gap',
      'a,y\n1,0\n,0\n2,1\n3,1\n4,1\n',
      { prepare: [{ oversample: { method: 'smote' } }, MEDIAN] },
      'E_DATA_MISSING_CELLS train.data.prepare, oversample: smote needs distances, and cells of column a are missing; write an impute step before it',
    ],
    [
      'smote with a class of one row',
      'a,y\n1,0\n2,1\n3,1\n',
      { prepare: [{ oversample: { method: 'smote' } }] },
      'E_DATA_OVERSAMPLE train.data.prepare, oversample: smote needs 2 rows of a class, and class 0 has 1 training row; use "method: random", or give more rows',
    ],
    [
      'another encoding than UTF-8',
      Buffer.from('name,y\nM\u00fcller,1', 'latin1'),
      {},
      'E_DATA_FORMAT ~/t.csv:2: is not UTF-8 text; save it as CSV in UTF-8',
    ],
  ])('%s', async (_, text, asked, message) => {
    expect(await refusal('t.csv', text, asked)).toBe(message);
  });

  it('a truncated archive', async () => {
    const packed = gzipSync('a,y\n1,0\n2,1\n');
    expect(await refusal('t.csv.gz', packed.subarray(0, packed.length - 9), {})).toMatch(
      /^E_DATA_FORMAT ~\/t\.csv\.gz: not an intact gzip file: .*; replace it by an intact file$/,
    );
  });
});

describe('measureData', () => {
  it('says what a model is given, after all steps', async () => {
    await writeFile(join(folder, 'm.csv'), 'a,s,y\n1,m,p\n2,f,q\n,x,r\n4,m,p');
    const prepare = [MEDIAN, { encode: { method: 'one_hot' as const } }, { oversample: { method: 'random' as const } }];
    const measured = await measureData(dataConfig({ file: 'm.csv', prepare }), folders());
    expect(measured).toEqual({ classes: 3, inputShape: [4], trainingRows: 6, validationRows: 0 });
    const numbers = dataConfig({
      file: 'm.csv',
      target: 'a',
      predict: 'numbers',
      prepare: [{ drop_rows: { missing: true } }, prepare[1]!],
    });
    expect(await measureData(numbers, folders())).toEqual({
      classes: null,
      targets: 1,
      inputShape: [4],
      trainingRows: 3,
      validationRows: 0,
    });
  });

  it('gives the same rows for the same request', async () => {
    await writeFile(join(folder, 'm.csv'), 'a,y\n1,0\n2,1');
    const config = dataConfig({ file: 'm.csv' });
    const first = await openData(config, folders());
    expect(await openData({ ...config }, folders())).toBe(first);
    const scaled = await openData({ ...config, prepare: [{ type: 'standardize' }] }, folders());
    expect(scaled.train).toBe(first.train);
    expect(scaled.hash).toBe(first.hash);
  });
});
