import { SowerError } from '../../shared/kernel/errors.ts';
import type { Examples } from '../engine/port.ts';
import { type DataRows, hashRows, hashTable, isStored, type RawDataSet, takeRows } from './data-set.ts';
import { takeStoredRows } from './stored-rows.ts';

/**
 * The rows of some classes, which are numbered anew in the order of `kept` and keep their names. The rows are others, so
 * the hash is another. Throws E_DATA_CLASSES where no training row is left or the data set has no such class.
 */
export async function keepClasses(raw: RawDataSet<DataRows>, kept: readonly number[]): Promise<RawDataSet<DataRows>> {
  const { name, classes: all } = raw;
  const strange = kept.find((label) => all?.[label] === undefined);
  if (all === null || strange !== undefined) throw wrong(`${name} has no class ${strange ?? kept[0]}`);
  const train = rowsOfClasses(raw.train, kept);
  if (train.rows === 0) throw wrong(`no training row of ${name} is of the classes ${kept.join(', ')}`);
  const subset = (part: DataRows | null | undefined) => {
    const rows = part ? rowsOfClasses(part, kept) : null;
    return rows?.rows === 0 ? null : rows;
  };
  const [test, validation] = [subset(raw.test), subset(raw.validation)];
  const classes = kept.map((label) => all[label]!);
  const rows = await hashRows(train, test, classes, validation);
  const hash = raw.columns ? hashTable(rows, raw.columns) : rows;
  return { ...raw, train, test, validation, classes, hash };
}

function rowsOfClasses(rows: DataRows, kept: readonly number[]): DataRows {
  const numbers = new Map(kept.map((label, index) => [label, index]));
  const renumbered = (labels: Examples['labels']) => Int32Array.from(labels, (label) => numbers.get(label)!);
  const indices = Int32Array.from(Array.from(rows.labels.keys()).filter((row) => numbers.has(rows.labels[row]!)));
  if (!isStored(rows)) {
    const taken = takeRows(rows, indices);
    return { ...taken, labels: renumbered(taken.labels) };
  }
  const taken = takeStoredRows(rows, indices);
  return {
    ...taken,
    labels: renumbered(taken.labels),
    read: async (wanted) => {
      const read = await taken.read(wanted);
      return { ...read, labels: renumbered(read.labels) };
    },
  };
}

function wrong(message: string): SowerError {
  return new SowerError('E_DATA_CLASSES', message, {
    where: 'train.data.classes',
    fix: 'list classes that the data has',
  });
}
