import { SowerError } from '../../shared/kernel/errors.ts';
import { deriveKey, drawPermutation } from '../../shared/kernel/random.ts';
import type { DataConfig } from '../../shared/sweep/train.ts';
import type { Examples } from '../engine/port.ts';
import { type DataRows, type DataSet, isStored, type RawDataSet, takeRows } from './data-set.ts';
import { takeStoredRows } from './stored-rows.ts';

/**
 * Splits the training rows as asked. Which rows go where depends on the data alone, never on a trial's seed, so all
 * trials of a sweep learn from and are judged by the same rows. Without a validation part and a row count, every row
 * trains. Throws E_DATA_SPLIT.
 */
export function splitData<Rows extends DataRows>(raw: RawDataSet<Rows>, split: DataConfig['split']): DataSet<Rows> {
  const rows = raw.train.rows;
  const validationRows = countOf(raw, 'validation', split.validation ?? 0);
  const askedRows = split.train === undefined ? null : countOf(raw, 'train', split.train);
  // Two shares that add up to 1 may both be rounded up.
  const excess = (askedRows ?? 0) + validationRows - rows;
  if (excess > 0 && !(excess === 1 && isWhole(split))) {
    const parts =
      askedRows === null || validationRows === 0 ? '' : ` (train ${askedRows} + validation ${validationRows})`;
    throw wrong(`the split asks for ${rows + excess} rows${parts}, ${raw.name} has ${rows} training rows`);
  }
  const trainRows = Math.min(askedRows ?? rows, rows - validationRows);
  if (trainRows === 0) throw wrong(`the split leaves 0 of ${rows} rows of ${raw.name} to train on`);
  const given = split.validation === undefined ? (raw.validation ?? null) : null;
  if (trainRows === rows) return { ...raw, validation: given };
  const drawn = drawPermutation(deriveKey('split'), rows);
  const order = split.stratified === true ? inEqualShares(drawn, raw) : drawn;
  return {
    ...raw,
    train: take(raw.train, order.subarray(0, trainRows)),
    validation: validationRows === 0 ? given : take(raw.train, order.subarray(trainRows, trainRows + validationRows)),
  };
}

/** Rows in memory are copied into their new order; of rows on disk only that order is kept. */
function take<Rows extends DataRows>(rows: Rows, indices: Int32Array): Rows {
  return (isStored(rows) ? takeStoredRows(rows, indices) : takeRows(rows as Examples, indices)) as Rows;
}

/**
 * The same rows in an order of which every stretch holds each class in its share, to about a row: the k-th of the n rows
 * of a class stands where (k + 0.5) / n of all rows have passed.
 */
function inEqualShares(order: Int32Array, { train: { labels }, classes, name }: RawDataSet<DataRows>): Int32Array {
  if (classes === null) throw wrong(`split.stratified needs classes, ${name} has numbers for labels`);
  const sizes = new Map<number, number>();
  for (const label of labels) sizes.set(label, (sizes.get(label) ?? 0) + 1);
  const passed = new Map<number, number>();
  const places = new Float64Array(order.length);
  for (const row of order) {
    const label = labels[row]!;
    const before = passed.get(label) ?? 0;
    places[row] = (before + 0.5) / sizes.get(label)!;
    passed.set(label, before + 1);
  }
  // A stable sort: rows of equal places stay as they were drawn.
  return order.toSorted((a, b) => places[a]! - places[b]!);
}

function isWhole({ train = 0, validation = 0 }: DataConfig['split']): boolean {
  return train < 1 && validation < 1 && train + validation < 1 + 1e-9;
}

/** Numbers below 1 are shares of the rows, others are counts. */
function countOf(raw: RawDataSet<DataRows>, part: 'train' | 'validation', asked: number): number {
  if (asked >= 0 && asked < 1) return Math.round(asked * raw.train.rows);
  if (Number.isSafeInteger(asked) && asked >= 1) return asked;
  throw wrong(`split.${part} is ${asked}, expected a number of rows or a share between 0 and 1`);
}

function wrong(message: string): SowerError {
  return new SowerError('E_DATA_SPLIT', message, {
    where: 'train.data.split',
    fix: 'ask for fewer rows, or for shares such as 0.8',
  });
}
