import type { ScoredRows } from './scores.ts';

/**
 * Share of rows whose class is among the k highest scores (scikit-learn `top_k_accuracy_score`). Of classes with equal
 * scores the first ranks higher, as in `predictedClasses`, so that top 1 is the accuracy.
 */
export function topKAccuracy({ scores, classes, labels }: ScoredRows, k: number): number {
  let hits = 0;
  for (let row = 0; row < labels.length; row++) {
    const label = labels[row]!;
    const own = scores[row * classes + label]!;
    let better = 0;
    for (let c = 0; c < classes; c++) {
      const other = scores[row * classes + c]!;
      // Written so that a NaN of the row's own class never counts as found.
      if (c !== label && !(other < own) && (other !== own || c < label)) better++;
    }
    if (better < k) hits++;
  }
  return hits / labels.length;
}
