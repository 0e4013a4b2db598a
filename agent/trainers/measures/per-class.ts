import type { ConfusionMatrix } from './confusion.ts';

/** How well one class is found; scikit-learn `precision_recall_fscore_support` with `zero_division=0`. */
export interface ClassScore {
  /** Of the rows taken for this class, the share that is of it; 0 where none was taken for it. */
  readonly precision: number;
  /** Of the rows of this class, the share that was found; 0 where there is none. */
  readonly recall: number;
  /** Harmonic mean of both; 0 where both are. */
  readonly f1: number;
  /** Rows of this class. */
  readonly support: number;
  /** Rows taken for this class. */
  readonly predicted: number;
}

export function classScores({ classes, counts }: ConfusionMatrix): readonly ClassScore[] {
  return Array.from({ length: classes }, (_, c) => {
    let predicted = 0;
    let support = 0;
    for (let other = 0; other < classes; other++) {
      predicted += counts[other * classes + c]!;
      support += counts[c * classes + other]!;
    }
    const found = counts[c * classes + c]!;
    return {
      precision: shareOf(found, predicted),
      recall: shareOf(found, support),
      // 2 tp / (2 tp + fp + fn), which is the harmonic mean without its rounding.
      f1: shareOf(2 * found, predicted + support),
      support,
      predicted,
    };
  });
}

export interface AveragedScores {
  readonly precision: number;
  readonly recall: number;
  readonly f1: number;
}

/**
 * The mean over classes (`macro`), or weighted by their rows (`weighted`). As in scikit-learn, a class counts for the
 * macro mean where it is among the labels or the predictions.
 */
export function averagedScores(scores: readonly ClassScore[], how: 'macro' | 'weighted'): AveragedScores {
  const weights = scores.map(({ support, predicted }) =>
    how === 'weighted' ? support : support + predicted > 0 ? 1 : 0,
  );
  const total = weights.reduce<number>((sum, weight) => sum + weight, 0);
  const mean = (word: 'precision' | 'recall' | 'f1'): number =>
    shareOf(
      scores.reduce((sum, score, i) => sum + score[word] * weights[i]!, 0),
      total,
    );
  return { precision: mean('precision'), recall: mean('recall'), f1: mean('f1') };
}

function shareOf(part: number, whole: number): number {
  return whole === 0 ? 0 : part / whole;
}
