/** What is fitted is fitted on training rows: whatever lies in the others, the encoding is that of training rows alone. */
import { describe, expect, it } from 'vitest';
import { type DataSet, hashContents, type StoredRows, takeRows } from '../../../../agent/data/data-set.ts';
import { prepareData } from '../../../../agent/data/prepare/prepare.ts';
import type { AffinePreprocessing, Examples, TableEncoding } from '../../../../agent/engine/port.ts';
import type { DataConfig, PrepareStep } from '../../../../shared/sweep/train/data-config.ts';
import { encodedRows, preparedTable, rowsOfSplit } from '../../../support/table-data.ts';

const imputeBy = (strategy: 'mean' | 'median' | 'mode'): PrepareStep => ({ type: 'impute', strategy });
const zero: PrepareStep = { type: 'impute', strategy: 'constant', value: 0 };
const standardize: PrepareStep = { type: 'standardize' };
const oneHot: PrepareStep = { type: 'encode', method: 'one_hot' };
const repeat: PrepareStep = { type: 'oversample', method: 'random' };
const smote: PrepareStep = { type: 'oversample', method: 'smote', neighbors: 3 };

describe('a table', () => {
  const split = { validation: 12, test: 12, seed: 4 };
  const parts = rowsOfSplit(48, split);
  const cell = (words: readonly (string | number)[], place: number) => words[place % words.length];

  /** Numbers a, b with gaps, s with words of its own and d with the same words, each with another statistic in every part. */
  const lines = {
    train: parts.train.map((_, i) => [
      3 + ((i * 7) % 11),
      cell([2, 9, 2, '', 5, 7, 8, ''], i),
      cell(['m', 'f', 'k', 'm', ''], i),
      cell(['u', 'v', 'w', 'v'], i),
      cell(['no', 'yes', 'no'], i),
    ]),
    validation: parts.validation.map((_, i) => [
      5000 + 100 * i,
      cell([800, 800, '', 800], i),
      cell(['aa', 'f', 'f'], i),
      'w',
      cell(['yes', 'yes', 'yes', 'no'], i),
    ]),
    test: parts.test.map((_, i) => [
      -9000 - 70 * i,
      cell([-700, '', '', -100, -650], i),
      cell(['zz', 'f', 'f', 'm'], i),
      cell(['u', 'u', 'u', 'w'], i),
      cell(['no', 'no', 'no', 'no', 'yes'], i),
    ]),
  };
  const textOf = (rows: readonly (readonly unknown[])[]) =>
    ['a,b,s,d,y', ...rows.map((row) => row.join(','))].join('\n');
  const whole: (readonly unknown[])[] = [];
  for (const part of ['train', 'validation', 'test'] as const) {
    for (const [i, row] of parts[part].entries()) whole[row] = lines[part][i]!;
  }
  const encodingOf = async (rows: readonly (readonly unknown[])[], prepare: readonly PrepareStep[]) =>
    (await preparedTable(textOf(rows), { prepare })).data.preprocessing as TableEncoding;

  const cases: readonly (readonly [string, readonly PrepareStep[]])[] = [
    ['categories become features', [zero, oneHot]],
    ['numbers are standardized', [zero, standardize, oneHot]],
    ['numbers are brought between 0 and 1', [zero, { type: 'min_max' }, oneHot]],
    ['gaps become the mean', [imputeBy('mean'), oneHot]],
    ['gaps become the median', [imputeBy('median'), oneHot]],
    ['gaps become the mode', [imputeBy('mode'), oneHot]],
    [
      'codes are standardized',
      [zero, { type: 'encode', method: 'label', columns: ['d'] }, { type: 'standardize', columns: ['d'] }, oneHot],
    ],
    ['rows are repeated', [repeat, imputeBy('mean'), standardize, oneHot]],
    ['rows are made', [imputeBy('median'), imputeBy('mode'), smote, standardize, oneHot]],
  ];

  it.each(cases)('is encoded as its training rows are where %s', async (_, prepare) => {
    const { data } = await preparedTable(textOf(whole), { split, prepare });
    const alone = (await preparedTable(textOf(lines.train), { prepare })).data;
    const encoding = data.preprocessing as TableEncoding;
    expect(encoding).toEqual(alone.preprocessing);
    expect(encodedRows(data.train as Examples, encoding)).toEqual(
      encodedRows(alone.train as Examples, alone.preprocessing as TableEncoding),
    );
    // The other rows would give another: this test can tell.
    for (const others of [lines.validation, lines.test, whole]) {
      expect(await encodingOf(others, prepare)).not.toEqual(encoding);
    }
  });

  it.each(cases)('keeps the rows of its other parts where %s', async (_, prepare) => {
    const { columns, classes, ...data } = (await preparedTable(textOf(whole), { split, prepare })).data;
    for (const part of ['validation', 'test'] as const) {
      const { features, labels, rows } = data[part] as Examples;
      const written = Array.from({ length: rows }, (_row, row) => [
        ...columns!.map(({ categories }, i) => {
          const stored = features[row * 4 + i]!;
          if (Number.isNaN(stored)) return '';
          return categories === null ? stored : categories[stored];
        }),
        classes![labels[row]!],
      ]);
      expect(written).toEqual(lines[part]);
    }
  });

  it('notes what is the same in all training rows, although it is not elsewhere', async () => {
    const flat = whole.map((row, i) => (parts.train.includes(i) ? [1, ...row.slice(1)] : row));
    const { notes } = await preparedTable(textOf(flat), { split, prepare: [zero, standardize, oneHot] });
    expect(notes).toEqual(['column a is 1 in all training rows: standardize leaves only zeros']);
  });
});

describe('rows of images or features', () => {
  const config: DataConfig = { name: 'digits', file: null, split: {}, scale: 'unit', prepare: [] };
  const part = (features: Uint8Array | Float32Array, shape: readonly number[], labels: Int32Array): Examples => ({
    features,
    shape,
    labels,
    rows: labels.length,
  });
  const dataOf = (train: Examples, others: Pick<DataSet, 'validation' | 'test'>): DataSet => {
    const classes = ['a', 'b'];
    return { name: 'i', train, ...others, classes, hash: hashContents(train, null, classes) };
  };
  const onDisk = (rows: Examples): StoredRows => ({
    shape: rows.shape,
    rows: rows.rows,
    labels: rows.labels,
    inputType: rows.features instanceof Uint8Array ? 'uint8' : 'float32',
    read: async (indices) => takeRows(rows, indices),
  });
  const fitted = async (data: DataSet, prepare: readonly PrepareStep[]) =>
    (await prepareData(data, { ...config, prepare })).data;

  const train = part(Uint8Array.of(1, 3, 10, 50, 5, 7, 30, 90, 9, 8, 20, 10), [2, 1, 2], Int32Array.of(0, 0, 1));
  const bright = part(Uint8Array.of(250, 240, 255, 200, 199, 210, 220, 230), [2, 1, 2], Int32Array.of(1, 1));
  const dark = part(new Uint8Array(12), [2, 1, 2], Int32Array.of(1, 1, 0));

  it.each<readonly [string, readonly PrepareStep[]]>([
    ['standardized', [standardize]],
    ['standardized when rows are repeated', [repeat, standardize]],
    ['normalized after it', [standardize, { type: 'normalize', mean: 1, sd: 2 }]],
  ])('are %s as training rows are, in memory or on disk', async (_, prepare) => {
    const alone = await fitted(dataOf(train, { validation: null, test: null }), prepare);
    const data = await fitted(dataOf(train, { validation: bright, test: dark }), prepare);
    const stored = { ...dataOf(train, { validation: onDisk(bright), test: onDisk(dark) }), train: onDisk(train) };
    expect(data.preprocessing).toEqual(alone.preprocessing);
    expect((await fitted(stored, prepare)).preprocessing).toEqual(alone.preprocessing);
    for (const other of [bright, dark]) {
      const ofOther = await fitted(dataOf(other, { validation: null, test: null }), prepare);
      expect(ofOther.preprocessing).not.toEqual(alone.preprocessing);
    }
  });

  it('keep those for validation and testing as they are where rows are repeated', async () => {
    const data = await fitted(dataOf(train, { validation: bright, test: dark }), [repeat, standardize]);
    expect(data.train.rows).toBe(4);
    expect(data.validation).toBe(bright);
    expect(data.test).toBe(dark);
  });

  it('are standardized over the rows that are there when the step comes', async () => {
    const rows = part(Float32Array.of(0, 0, 0, 8), [1], Int32Array.of(0, 0, 0, 1));
    const data = dataOf(rows, { validation: null, test: null });
    expect((await fitted(data, [standardize, repeat])).preprocessing).toMatchObject({ shift: 2 });
    expect((await fitted(data, [repeat, standardize])).preprocessing).toMatchObject({ shift: 4, scale: 0.25 });
  });

  it('are standardized over all training rows, however many are read at a time', async () => {
    const values = Float32Array.from({ length: 2500 }, (_, row) => (row < 1024 ? row % 3 : 40 + (row % 7)));
    const rows = part(values, [1], new Int32Array(2500));
    const { preprocessing } = await fitted(dataOf(rows, { validation: null, test: null }), [standardize]);
    const mean = values.reduce((sum, value) => sum + value, 0) / 2500;
    const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / 2500;
    const { shift, scale } = preprocessing as AffinePreprocessing;
    expect(shift).toBeCloseTo(mean, 9);
    expect(scale).toBeCloseTo(1 / Math.sqrt(variance), 9);
  });
});
