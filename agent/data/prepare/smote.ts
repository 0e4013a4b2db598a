/**
 * Synthetic rows of rarer classes: SMOTE and, where there are categories, SMOTE-NC (Chawla, Bowyer, Hall, Kegelmeyer,
 * "SMOTE: Synthetic Minority Over-sampling Technique", JAIR 16, 2002).
 */
import { deriveKey, draw32, drawPermutation, drawUniform } from '../../../shared/kernel/random.ts';
import { meanOf, medianOf, modeOf } from './impute.ts';
import { spreadOf } from './scale-columns.ts';

/** What distance and synthesis make of one column. */
export type SmoteColumn =
  /** Distances are those of the scaled values; new values lie between two rows. */
  | { readonly type: 'number'; readonly scale: number }
  /** Two different categories are this far apart, squared; null: as the median spread of the numbers of the class. */
  | { readonly type: 'category'; readonly squaredDistance: number | null }
  /** Codes are scaled as numbers are, but there is nothing between two of them. */
  | { readonly type: 'label'; readonly scale: number };

export interface SmoteClass {
  /** Row-major, one entry for each column, nothing missing. */
  readonly rows: Float64Array;
  readonly columns: readonly SmoteColumn[];
  readonly neighbors: number;
  /** Rows to make. */
  readonly count: number;
  /** Of the class, so that each draws its own numbers. */
  readonly key: number;
}

/**
 * `count` rows between rows of one class and their neighbours in it: each row is a start as often as any other, to one
 * row; the neighbour and the place between the two are drawn. Categories are the commonest among the neighbours.
 */
export function syntheticRows({ rows, columns, neighbors, count, key }: SmoteClass): Float32Array {
  const width = columns.length;
  const size = rows.length / width;
  const points = pointsOf(rows, columns);
  const starts = drawPermutation(deriveKey('smote starts', key), size);
  const nearest = new Map<number, Int32Array>();
  const made = new Float32Array(count * width);
  for (let i = 0; i < count; i++) {
    const start = starts[i % size]!;
    const near = nearest.get(start) ?? nearestRows(points, start, Math.min(neighbors, size - 1));
    nearest.set(start, near);
    const other = near[draw32(deriveKey('smote neighbor', key), i) % near.length]!;
    const gap = drawUniform(deriveKey('smote gap', key), i);
    for (let column = 0; column < width; column++) {
      const cell = (row: number) => rows[row * width + column]!;
      made[i * width + column] =
        columns[column]!.type === 'number'
          ? cell(start) + gap * (cell(other) - cell(start))
          : modeOf(Array.from(near, cell));
    }
  }
  return made;
}

interface Points {
  readonly size: number;
  readonly numbers: readonly Float64Array[];
  readonly categories: readonly { readonly codes: Float64Array; readonly squaredDistance: number }[];
}

function pointsOf(rows: Float64Array, columns: readonly SmoteColumn[]): Points {
  const size = rows.length / columns.length;
  const cellsOf = (column: number) =>
    Float64Array.from({ length: size }, (_, row) => rows[row * columns.length + column]!);
  const numbers: Float64Array[] = [];
  const spreads: number[] = [];
  for (const [i, column] of columns.entries()) {
    if (column.type === 'category') continue;
    const values = cellsOf(i).map((value) => value * column.scale);
    numbers.push(values);
    if (column.type === 'number') spreads.push(spreadOf(values, meanOf(values)));
  }
  // Without any number, all categories weigh the same, whatever it is.
  const spread = spreads.length === 0 ? 1 : medianOf(Float64Array.from(spreads));
  const categories = columns.flatMap((column, i) =>
    column.type === 'category' ? [{ codes: cellsOf(i), squaredDistance: column.squaredDistance ?? spread ** 2 }] : [],
  );
  return { size, numbers, categories };
}

/** The nearest first; of rows equally far the first comes first. */
function nearestRows({ size, numbers, categories }: Points, from: number, count: number): Int32Array {
  const distances = new Float64Array(size);
  for (const values of numbers) {
    for (let row = 0; row < size; row++) distances[row]! += (values[row]! - values[from]!) ** 2;
  }
  for (const { codes, squaredDistance } of categories) {
    for (let row = 0; row < size; row++) if (codes[row] !== codes[from]) distances[row]! += squaredDistance;
  }
  const near: number[] = [];
  for (let row = 0; row < size; row++) {
    if (row === from || (near.length === count && distances[row]! >= distances[near[count - 1]!]!)) continue;
    let place = near.length;
    while (place > 0 && distances[near[place - 1]!]! > distances[row]!) place--;
    near.splice(place, 0, row);
    if (near.length > count) near.pop();
  }
  return Int32Array.from(near);
}
