import { describe, expect, it } from 'vitest';
import { hashContents, type RawDataSet } from '../../../agent/data/data-set.ts';
import { splitData } from '../../../agent/data/split.ts';
import { describeError, type SowerError } from '../../../shared/kernel/errors.ts';
import type { DataConfig } from '../../../shared/sweep/train/data-config.ts';

/** Row r has the features [r, r] and the label r % 3. */
function numbered(rows: number): RawDataSet {
  const features = Uint8Array.from({ length: rows * 2 }, (_, i) => i >> 1);
  const train = { features, shape: [2], labels: Int32Array.from({ length: rows }, (_, row) => row % 3), rows };
  const classes = ['a', 'b', 'c'];
  return { name: 'numbered', train, test: null, classes, hash: hashContents(train, null, classes) };
}

function refusal(rows: number, split: DataConfig['split']): string {
  try {
    splitData(numbered(rows), split);
  } catch (error) {
    return describeError(error as SowerError);
  }
  return 'accepted';
}

const fix = 'ask for fewer rows, or for shares such as 0.8';

describe('splitData', () => {
  it('trains on every row in the order of the file where nothing is asked', () => {
    const raw = numbered(10);
    const data = splitData(raw, {});
    expect(data.train).toBe(raw.train);
    expect(data.validation).toBeNull();
  });

  it('gives each row to at most one part, features beside their label', () => {
    const { train, validation } = splitData(numbered(100), { train: 70, validation: 20 });
    const rowsOf = (part: typeof train) => Array.from({ length: part.rows }, (_, row) => part.features[2 * row]!);
    expect([train.rows, validation!.rows]).toEqual([70, 20]);
    expect(new Set([...rowsOf(train), ...rowsOf(validation!)]).size).toBe(90);
    for (const part of [train, validation!]) {
      expect([...part.labels]).toEqual(rowsOf(part).map((row) => row % 3));
    }
    expect(rowsOf(train)).not.toEqual(rowsOf(train).toSorted((a, b) => a - b));
  });

  it('is the same every time', () => {
    const first = splitData(numbered(100), { validation: 20 });
    const second = splitData(numbered(100), { validation: 20 });
    expect(first.validation!.features).toEqual(second.validation!.features);
    expect(first.train.rows).toBe(80);
  });

  it('puts other rows into the parts for another seed, and the same for the same', () => {
    const rowsOf = (seed?: number) => {
      const split = { validation: 20, stratified: true, ...(seed === undefined ? {} : { seed }) };
      return [...splitData(numbered(100), split).validation!.features];
    };
    expect(rowsOf(1)).toEqual(rowsOf(1));
    const different = [rowsOf(), rowsOf(0), rowsOf(1)].map((rows) => rows.toSorted((a, b) => a - b).join());
    expect(new Set(different).size).toBe(3);
  });

  it('takes shares', () => {
    const { train, validation } = splitData(numbered(11), { train: 0.5, validation: 0.5 });
    expect(train.rows + validation!.rows).toBe(11);
    expect(splitData(numbered(10), { train: 0.3 }).train.rows).toBe(3);
    expect(splitData(numbered(10), { validation: 0.2 }).validation!.rows).toBe(2);
  });

  it('is refused where shares, rounded up, leave no row to train on', () => {
    const left = (rows: number) =>
      `train.data.split: the split leaves 0 of ${rows} rows of numbered to train on; ${fix}`;
    expect(refusal(10, { validation: 0.5, test: 0.5 })).toContain(left(10));
    expect(refusal(7, { validation: 0.5, test: 0.5 })).toContain(left(7));
  });

  it('validates on rows that came for it, unless it is asked for others', () => {
    const own = { ...numbered(10), validation: numbered(3).train };
    expect(splitData(own, {}).validation).toBe(own.validation);
    expect(splitData(own, { train: 0.5 }).validation).toBe(own.validation);
    expect(splitData(own, { validation: 2 }).validation!.rows).toBe(2);
  });

  it('sets test rows aside where the data has none, apart from those of validation', () => {
    const { train, validation, test } = splitData(numbered(100), { train: 0.7, validation: 0.15, test: 0.15 });
    const rowsOf = (part: typeof train) => Array.from({ length: part.rows }, (_, row) => part.features[2 * row]!);
    const parts = [train, validation!, test!].map(rowsOf);
    expect(parts.map((rows) => rows.length)).toEqual([70, 15, 15]);
    expect(new Set(parts.flat()).size).toBe(100);
    const same = splitData(numbered(100), { train: 0.7, validation: 0.15 });
    expect([rowsOf(same.train), rowsOf(same.validation!)]).toEqual(parts.slice(0, 2));
    expect(splitData(numbered(100), { test: 10 }).train.rows).toBe(90);
  });

  it('keeps the shares of the classes in each of three parts', () => {
    const split = { train: 0.5, validation: 0.25, test: 0.25, stratified: true };
    const { train, validation, test } = splitData(numbered(120), split);
    for (const part of [train, validation!, test!]) {
      const counts = [0, 1, 2].map((label) => part.labels.filter((other: number) => other === label).length);
      expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
    }
  });

  it('puts a class of one row where most rows are, and rounds the shares of others', () => {
    const raw = numbered(100);
    // One row of class 0, three of class 1, the others of class 2.
    const labels = Int32Array.from({ length: 100 }, (_, row) => (row === 40 ? 0 : row % 33 === 5 ? 1 : 2));
    for (const [train, expected] of [
      [0.25, [0, 1, 24]],
      [0.75, [1, 2, 72]],
    ] as const) {
      for (const seed of [0, 1, 2]) {
        const split = { train, validation: 1 - train, stratified: true, seed };
        const part = splitData({ ...raw, train: { ...raw.train, labels } }, split).train;
        expect([0, 1, 2].map((label) => part.labels.filter((other: number) => other === label).length)).toEqual(
          expected,
        );
      }
    }
  });

  it('cannot keep the shares of classes where numbers are predicted', () => {
    const numbers = { ...numbered(10), classes: null };
    expect(() => splitData(numbers, { validation: 2, stratified: true })).toThrow(
      'split.stratified needs classes, numbered has numbers for labels',
    );
  });

  it('takes the rows for validation that came with the data where none are asked for', () => {
    const [raw, own] = [numbered(10), numbered(3).train];
    expect(splitData({ ...raw, validation: own }, { train: 5 }).validation).toBe(own);
    expect(splitData({ ...raw, validation: own }, { validation: 4 }).validation!.rows).toBe(4);
  });

  it('leaves test rows that came with the data alone', () => {
    const raw = { ...numbered(10), test: numbered(3).train };
    expect(splitData(raw, { train: 5 }).test).toBe(raw.test);
    expect(() => splitData(raw, { test: 2 })).toThrow('sets test rows aside, but numbered has test rows of its own');
  });

  it('keeps the identity of the contents', () => {
    expect(splitData(numbered(10), { validation: 2 }).hash).toBe(numbered(10).hash);
  });

  it.each<readonly [DataConfig['split'], string]>([
    [
      { train: 50_000, validation: 10_000 },
      'the split asks for 60000 rows (train 50000 + validation 10000), numbered has 100 training rows',
    ],
    [{ train: 101 }, 'the split asks for 101 rows, numbered has 100 training rows'],
    [
      { train: 0.9, validation: 0.2 },
      'the split asks for 110 rows (train 90 + validation 20), numbered has 100 training rows',
    ],
    [{ validation: 100 }, 'the split leaves 0 of 100 rows of numbered to train on'],
    [
      { train: 60, validation: 30, test: 20 },
      'the split asks for 110 rows (train 60 + validation 30 + test 20), numbered has 100 training rows',
    ],
    [{ validation: 0.5, test: 0.5 }, 'the split leaves 0 of 100 rows of numbered to train on'],
    [{ train: 2.5 }, 'split.train is 2.5, expected a number of rows or a share between 0 and 1'],
    [{ validation: -1 }, 'split.validation is -1, expected a number of rows or a share between 0 and 1'],
  ])('refuses %j', (split, message) => {
    expect(refusal(100, split)).toBe(`E_DATA_SPLIT train.data.split: ${message}; ${fix}`);
  });

  it('refuses more validation rows than there are', () => {
    expect(refusal(10, { validation: 11 })).toContain('asks for 11 rows');
  });
});

describe('hashContents', () => {
  it('sees every part', () => {
    const { train, classes, hash } = numbered(4);
    const other = { ...train, labels: Int32Array.from([0, 1, 2, 1]) };
    expect(hashContents(other, null, classes)).not.toBe(hash);
    expect(hashContents(train, train, classes)).not.toBe(hash);
    expect(hashContents({ ...train, shape: [1, 2] }, null, classes)).not.toBe(hash);
    expect(hashContents(train, null, ['a', 'b', 'd'])).not.toBe(hash);
    expect(hash).toMatch(/^[0-9a-f]{64}$/);
  });
});
