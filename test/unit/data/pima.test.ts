import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { measureData, openData, openStored } from '../../../agent/data/index.ts';
import type { Examples, TableEncoding } from '../../../agent/engine/port.ts';
import { packageRoot } from '../../../shared/process/package-root.ts';
import { dataConfig } from '../../../shared/sweep/index.ts';
import type { WrittenData } from '../../../shared/sweep/train/data.ts';
import { encodedRows } from '../../support/table-data.ts';

const realData = process.env.SOWER_DATA ?? join(packageRoot(), '..', 'shared', 'datasets');
const file = join('pima', 'pima-dirty.csv');

describe.skipIf(!existsSync(join(realData, file)))('the Pima table with letters in six cells', () => {
  let cacheDir: string;
  beforeAll(async () => {
    cacheDir = await mkdtemp(join(tmpdir(), 'sower-pima-'));
  });
  afterAll(() => rm(cacheDir, { recursive: true, force: true }));

  const folders = () => ({ dataDir: realData, cacheDir });
  // 85/15, then 82.5/17.5 of the rest.
  const split = { train: 0.70125, validation: 0.14875, test: 0.15, stratified: true };
  const asked: WrittenData = {
    file,
    target: 'target',
    split,
    prepare: ['coerce', { drop_rows: { missing: true } }, 'standardize', { oversample: { method: 'smote' } }],
  };

  it('loses the six rows, is split, standardized and balanced', async () => {
    const data = await openData(dataConfig(asked), folders());
    const { train, validation, test, classes } = data;
    expect([classes, validation?.rows, test?.rows]).toEqual([['0', '1'], 113, 114]);
    const stored = await openStored(dataConfig(asked), folders());
    expect(stored.train.rows).toBe(760 - 113 - 114);
    const positives = Array.from(train.labels).filter((label) => label === 1).length;
    expect(2 * positives).toBe(train.rows);
    expect(train.rows).toBeGreaterThan(stored.train.rows);
    expect(await measureData(dataConfig(asked), folders())).toEqual({
      classes: 2,
      inputShape: [7],
      numericClasses: true,
      trainingRows: train.rows,
      validationRows: 113,
    });
  });

  it('has columns with mean 0 and standard deviation 1 over the rows that were there when they were standardized', async () => {
    const { prepare, ...rest } = asked;
    const data = await openData(dataConfig({ ...rest, prepare: prepare!.slice(0, 3) }), folders());
    const rows = encodedRows(data.train as Examples, data.preprocessing as TableEncoding);
    for (let column = 0; column < 7; column++) {
      const values = rows.map((row) => row[column]!);
      const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
      expect(mean).toBeCloseTo(0, 4);
      expect(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length).toBeCloseTo(1, 4);
    }
  });

  it('says which cells keep it from being a table of numbers', async () => {
    const raw = await openStored(dataConfig({ file, target: 'target' }), folders());
    const strays = raw.columns!.flatMap(({ name, strays: found }) =>
      found ? [`${name} ${found.word} ${found.line}`] : [],
    );
    expect(strays).toEqual(['f1 c 766', 'f2 f 402', 'f4 a 767', 'f5 b 765', 'f6 d 764', 'f7 e 763']);
  });
});
