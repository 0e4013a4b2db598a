/** What the columns of a table hold, over its training rows. */
import { type DataRows, type FeatureColumn, readRows, rowLength } from './data-set.ts';
import { stepTally } from './even-steps.ts';

/** Population standard deviation; null over no value. */
export interface Spread {
  readonly mean: number;
  readonly sd: number;
  readonly min: number;
  readonly max: number;
}

export interface ColumnSummary {
  readonly name: string;
  readonly type: 'number' | 'category';
  /** Rows without a value. */
  readonly missing: number;
  /** Of numbers; null of categories, and where every row is without a value. */
  readonly values: Spread | null;
  /** Between whole numbers that differ in every row and are most of an even sequence; null of all others. */
  readonly step: number | null;
  /** Of categories, the commonest first; null of numbers. */
  readonly categories: readonly { readonly name: string; readonly rows: number }[] | null;
  /** Cells that alone keep a column from being one of numbers, and the first of them. */
  readonly strays: { readonly cells: number; readonly word: string; readonly line: number } | null;
}

/** Rows read at a time where they are on disk. */
const ROWS_AT_A_TIME = 4096;

export async function summarizeColumns(
  rows: DataRows,
  columns: readonly FeatureColumn[],
): Promise<readonly ColumnSummary[]> {
  const tallies = columns.map(({ categories }) =>
    categories === null ? spreadTally() : countTally(categories.length),
  );
  const width = rowLength(rows);
  for (let from = 0; from < rows.rows; from += ROWS_AT_A_TIME) {
    const count = Math.min(ROWS_AT_A_TIME, rows.rows - from);
    const { features } = await readRows(
      rows,
      Int32Array.from({ length: count }, (_, i) => from + i),
    );
    for (let i = 0; i < features.length; i++) tallies[i % width]!.add(features[i]!);
  }
  return columns.map(({ name, type, categories, strays = null }, i) => ({
    name,
    type,
    ...tallies[i]!.result(categories ?? []),
    strays,
  }));
}

interface Tally {
  add(value: number): void;
  result(names: readonly string[]): Pick<ColumnSummary, 'missing' | 'values' | 'step' | 'categories'>;
}

/** Mean and spread in one pass that loses no digits where values are large and close together (Welford, 1962). */
function spreadTally(): Tally {
  let [count, missing, mean, squares] = [0, 0, 0, 0];
  const steps = stepTally();
  let [min, max] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  return {
    add(value) {
      if (Number.isNaN(value)) {
        missing++;
        return;
      }
      steps.add(value);
      count++;
      const before = value - mean;
      mean += before / count;
      squares += before * (value - mean);
      min = Math.min(min, value);
      max = Math.max(max, value);
    },
    result: () => ({
      missing,
      values: count === 0 ? null : { mean, sd: Math.sqrt(squares / count), min, max },
      step: steps.step(),
      categories: null,
    }),
  };
}

function countTally(categories: number): Tally {
  const counts = new Array<number>(categories).fill(0);
  let missing = 0;
  return {
    add(code) {
      if (Number.isNaN(code)) missing++;
      else counts[code] = counts[code]! + 1;
    },
    result: (names) => ({
      missing,
      values: null,
      step: null,
      categories: names.map((name, code) => ({ name, rows: counts[code]! })).sort((a, b) => b.rows - a.rows),
    }),
  };
}
