import { SowerError } from '../../shared/kernel/errors.ts';
import { deriveKey, drawPermutation } from '../../shared/kernel/random.ts';
import type { DataConfig } from '../../shared/sweep/train/data-config.ts';
import type { Examples } from '../engine/port.ts';
import { type DataRows, type DataSet, isStored, type RawDataSet, takeRows } from './data-set.ts';
import { takeStoredRows } from './stored-rows.ts';

/**
 * Splits the training rows as asked. Which rows go where depends on the number of rows and on `split.seed`, never on a
 * trial's seed, so all trials of a split learn from and are judged by the same rows. Rows for validation that came with the data serve where
 * none are asked for; rows for testing are only asked for where none came. What no part asks for trains, unless the
 * training part has a size of its own. Throws E_DATA_SPLIT.
 */
export function splitData<Rows extends DataRows>(raw: RawDataSet<Rows>, split: DataConfig['split']): DataSet<Rows> {
  const rows = raw.train.rows;
  if (raw.test !== null && split.test !== undefined) {
    throw new SowerError('E_DATA_SPLIT', `sets test rows aside, but ${raw.name} has test rows of its own`, {
      where: 'train.data.split.test',
      fix: 'remove test',
    });
  }
  const asked = {
    train: split.train === undefined ? null : countOf(raw, 'train', split.train),
    validation: countOf(raw, 'validation', split.validation ?? 0),
    test: countOf(raw, 'test', split.test ?? 0),
  };
  const sum = (asked.train ?? 0) + asked.validation + asked.test;
  // Shares that add up to 1 may all be rounded up.
  if (sum > rows && !(sum === rows + 1 && isWhole(split))) {
    const parts = Object.entries(asked).flatMap(([part, count]) => (count ? [`${part} ${count}`] : []));
    const listed = parts.length < 2 ? '' : ` (${parts.join(' + ')})`;
    throw wrong(`the split asks for ${sum} rows${listed}, ${raw.name} has ${rows} training rows`);
  }
  const trainRows = Math.min(asked.train ?? rows, rows - asked.validation - asked.test);
  if (trainRows <= 0) throw wrong(`the split leaves 0 of ${rows} rows of ${raw.name} to train on`);
  const own = split.validation === undefined ? (raw.validation ?? null) : null;
  if (trainRows === rows) return { ...raw, validation: own };
  const drawn = drawPermutation(split.seed === undefined ? deriveKey('split') : deriveKey('split', split.seed), rows);
  const order = split.stratified === true ? inEqualShares(drawn, raw) : drawn;
  const part = (from: number, count: number) => take(raw.train, order.subarray(from, from + count));
  return {
    ...raw,
    train: part(0, trainRows),
    validation: asked.validation === 0 ? own : part(trainRows, asked.validation),
    test: asked.test === 0 ? raw.test : part(trainRows + asked.validation, asked.test),
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

function isWhole({ train = 0, validation = 0, test = 0 }: DataConfig['split']): boolean {
  return [train, validation, test].every((share) => share < 1) && train + validation + test < 1 + 1e-9;
}

/** Numbers below 1 are shares of the rows, others are counts. */
function countOf(raw: RawDataSet<DataRows>, part: 'train' | 'validation' | 'test', asked: number): number {
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
