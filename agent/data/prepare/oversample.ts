/** As many training rows of each class as of the commonest one. */
import { SowerError } from '../../../shared/kernel/errors.ts';
import { deriveKey, drawPermutation } from '../../../shared/kernel/random.ts';
import type { Examples } from '../../engine/port.ts';
import { type DataRows, isStored, takeRows } from '../data-set.ts';
import { takeStoredRows } from '../stored-rows.ts';
import type { ColumnState, Fitting } from './fitting.ts';
import { type SmoteColumn, syntheticRows } from './smote.ts';

const WHERE = 'train.data.prepare, oversample';

interface Shortage {
  readonly label: number;
  /** Rows of the class. */
  readonly rows: Int32Array;
  /** How many more it needs. */
  readonly missing: number;
}

/** Classes without any training row stay without: there is nothing to repeat. */
function shortages(labels: Examples['labels']): readonly Shortage[] {
  const rowsOf = new Map<number, number[]>();
  for (const [row, label] of labels.entries()) {
    const rows = rowsOf.get(label) ?? [];
    rows.push(row);
    rowsOf.set(label, rows);
  }
  const most = Math.max(...[...rowsOf.values()].map((rows) => rows.length));
  return [...rowsOf]
    .sort(([a], [b]) => a - b)
    .map(([label, rows]) => ({ label, rows: Int32Array.from(rows), missing: most - rows.length }))
    .filter(({ missing }) => missing > 0);
}

/** Rows of rarer classes are repeated behind all others, each as often as any other of its class, to one. */
export function repeatRareRows(rows: DataRows, classes: readonly string[] | null): DataRows {
  checkClasses(classes);
  const repeated = shortages(rows.labels).flatMap(({ label, rows: own, missing }) => {
    const order = drawPermutation(deriveKey('oversample', label), own.length);
    return Array.from({ length: missing }, (_, i) => own[order[i % own.length]!]!);
  });
  const indices = Int32Array.from([...Array.from(rows.labels.keys()), ...repeated]);
  return isStored(rows) ? takeStoredRows(rows, indices) : takeRows(rows, indices);
}

/** Rows between neighbours, behind all others; near is what is near after the steps so far. Throws E_DATA_OVERSAMPLE. */
export function addSyntheticRows(fitting: Fitting, neighbors: number): Fitting {
  checkClasses(fitting.classes);
  const { train, columns, states, classes } = fitting;
  const short = shortages(train.labels);
  const count = short.reduce((sum, { missing }) => sum + missing, 0);
  const features = new Float32Array((train.rows + count) * columns.length);
  const labels = new Int32Array(train.rows + count);
  features.set(train.features);
  labels.set(train.labels);
  let row = train.rows;
  for (const { label, rows: own, missing } of short) {
    if (own.length < 2) {
      const message = `smote needs 2 rows of a class, and class ${classes![label]} has 1 training row`;
      throw new SowerError('E_DATA_OVERSAMPLE', message, {
        where: WHERE,
        fix: 'use "method: random", or give more rows',
      });
    }
    const rows = filledRows(fitting, own);
    const made = syntheticRows({ rows, columns: states.map(smoteColumn), neighbors, count: missing, key: label });
    const stored = made.map((cell, i) =>
      cell === MISSING_CODE && isCategory(states[i % columns.length]!) ? Number.NaN : cell,
    );
    features.set(stored, row * columns.length);
    labels.fill(label, row, row + missing);
    row += missing;
  }
  return { ...fitting, train: { ...train, features, labels, rows: row } };
}

function smoteColumn(state: ColumnState): SmoteColumn {
  switch (state.as) {
    case 'number':
    case 'label':
      return { type: state.as, scale: state.scale };
    case 'one_hot':
      // Two of its features differ by 1.
      return { type: 'category', squaredDistance: 2 };
    case 'category':
      return { type: 'category', squaredDistance: null };
  }
}

/** A category that is missing is one of its own here. */
const MISSING_CODE = -1;

const isCategory = ({ as }: ColumnState): boolean => as === 'category' || as === 'one_hot';

function filledRows({ train, columns, states }: Fitting, rows: Int32Array): Float64Array {
  const width = columns.length;
  const cells = new Float64Array(rows.length * width);
  for (const [i, row] of rows.entries()) {
    for (let column = 0; column < width; column++) {
      const stored = train.features[row * width + column]!;
      const { fill } = states[column]!;
      if (!Number.isNaN(stored)) cells[i * width + column] = stored;
      else if (fill !== null) cells[i * width + column] = fill;
      else if (isCategory(states[column]!)) cells[i * width + column] = MISSING_CODE;
      else throw gap(columns[column]!.name);
    }
  }
  return cells;
}

function gap(name: string): SowerError {
  return new SowerError('E_DATA_MISSING_CELLS', `smote needs distances, and cells of column ${name} are missing`, {
    where: WHERE,
    fix: 'write an impute step before it',
  });
}

function checkClasses(classes: readonly string[] | null): void {
  if (classes !== null) return;
  throw new SowerError('E_DATA_OVERSAMPLE', 'oversample makes classes equally common, and there are none', {
    where: WHERE,
    fix: 'remove it',
  });
}
