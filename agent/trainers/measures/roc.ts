/**
 * Receiver operating characteristic of one class against the rest: the shares of other rows (x) and of own rows (y) whose
 * score is at least a threshold, for every threshold. Source: scikit-learn `roc_curve`, `auc`, `roc_auc_score`.
 */
import type { ScoredRows } from './scores.ts';

export interface RocCurve {
  /** From (0, 0) to (1, 1), rising; rows with equal scores make one point. */
  readonly falsePositiveRates: readonly number[];
  readonly truePositiveRates: readonly number[];
  /** Area under the curve: the chance that a row of the class scores above one of the rest, ties counted half. */
  readonly auc: number;
}

/** Null where the class has no rows or all of them, or where a score is NaN: then there is nothing to rank. */
export function rocCurve({ scores, classes, labels }: ScoredRows, ofClass: number): RocCurve | null {
  const positives = scoresWhere(scores, classes, labels, ofClass, true);
  const negatives = scoresWhere(scores, classes, labels, ofClass, false);
  if (positives.length === 0 || negatives.length === 0) return null;
  // Sorted apart and merged: sorting plain numbers is much faster than sorting rows by them. NaN sorts last.
  positives.sort();
  negatives.sort();
  if (Number.isNaN(positives.at(-1)) || Number.isNaN(negatives.at(-1))) return null;
  return merged(positives, negatives);
}

function scoresWhere(
  scores: Float64Array,
  classes: number,
  labels: Int32Array,
  ofClass: number,
  own: boolean,
): Float64Array {
  const chosen = new Float64Array(labels.length);
  let count = 0;
  for (let row = 0; row < labels.length; row++) {
    if ((labels[row] === ofClass) === own) chosen[count++] = scores[row * classes + ofClass]!;
  }
  return chosen.subarray(0, count);
}

/** Walks down both ascending lists at once, one threshold after another. */
function merged(positives: Float64Array, negatives: Float64Array): RocCurve {
  const falsePositiveRates = [0];
  const truePositiveRates = [0];
  let p = positives.length;
  let n = negatives.length;
  let area = 0;
  while (p > 0 || n > 0) {
    const threshold = Math.max(
      p > 0 ? positives[p - 1]! : Number.NEGATIVE_INFINITY,
      n > 0 ? negatives[n - 1]! : Number.NEGATIVE_INFINITY,
    );
    const [p0, n0] = [p, n];
    while (p > 0 && positives[p - 1] === threshold) p--;
    while (n > 0 && negatives[n - 1] === threshold) n--;
    // A trapezoid, in whole counts so that no rounding adds up: twice its area is (new others) x (own before + after).
    area += (n0 - n) * (2 * positives.length - p0 - p);
    falsePositiveRates.push(1 - n / negatives.length);
    truePositiveRates.push(1 - p / positives.length);
  }
  return { falsePositiveRates, truePositiveRates, auc: area / (2 * positives.length * negatives.length) };
}

/** Mean of the classes' areas (`roc_auc_score`, one versus rest, macro); null where one of them has none. */
export function macroAuc(areas: readonly (number | null)[]): number | null {
  let sum = 0;
  for (const area of areas) {
    if (area === null) return null;
    sum += area;
  }
  return areas.length === 0 ? null : sum / areas.length;
}

/** At most `most` points: both ends, and between them those nearest to even steps along the curve. */
export function thinnedCurve(curve: RocCurve, most: number): RocCurve {
  const { falsePositiveRates: x, truePositiveRates: y, auc } = curve;
  if (x.length <= most) return curve;
  const kept: number[] = [];
  // Length measured as |dx| + |dy|, which runs from 0 to 2 on every curve.
  for (let i = 0; i < x.length; i++) {
    const due = (2 * kept.length) / (most - 1);
    const isEnd = i === x.length - 1;
    if (isEnd || (x[i]! + y[i]! >= due && kept.length < most - 1)) kept.push(i);
  }
  return { falsePositiveRates: kept.map((i) => x[i]!), truePositiveRates: kept.map((i) => y[i]!), auc };
}
