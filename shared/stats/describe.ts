import { twoSidedQuantile } from './student-t.ts';

export interface Description {
  readonly n: number;
  readonly mean: number;
  /** With n - 1; null below two values. */
  readonly sd: number | null;
  /** 95 % t interval of the mean; null below two values. */
  readonly ci95: readonly [number, number] | null;
  readonly median: number;
}

/** Mean, spread and interval of finite values; null where there are none. */
export function describeValues(values: readonly number[]): Description | null {
  const n = values.length;
  if (n === 0) return null;
  const mean = meanOf(values);
  const sd = n < 2 ? null : standardDeviation(values, mean);
  const half = sd === null ? null : (twoSidedQuantile(0.05, n - 1) * sd) / Math.sqrt(n);
  return { n, mean, sd, ci95: half === null ? null : [mean - half, mean + half], median: medianOf(values) };
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Two passes: differences from the mean keep their digits where all values are nearly equal. */
function standardDeviation(values: readonly number[], mean: number): number {
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return Math.sqrt(squares / (values.length - 1));
}

export function medianOf(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  if (sorted.length % 2 === 1) return sorted[middle] as number;
  return ((sorted[middle - 1] as number) + (sorted[middle] as number)) / 2;
}

/**
 * Paired t test of equal means at `alpha`: true where the differences can be told from chance, null below two pairs.
 * Constant differences other than zero always can.
 */
export function pairedDiffer(differences: readonly number[], alpha = 0.05): boolean | null {
  const described = describeValues(differences);
  if (described === null || described.sd === null) return null;
  if (described.sd === 0) return described.mean !== 0;
  const t = described.mean / (described.sd / Math.sqrt(described.n));
  return Math.abs(t) > twoSidedQuantile(alpha, described.n - 1);
}
