import { type ConfusionMatrix, confusionMatrix } from './confusion.ts';
import { type ClassScore, classScores } from './per-class.ts';
import { type RocCurve, rocCurve } from './roc.ts';
import { predictedClasses, type ScoredRows } from './scores.ts';

/** All that can be found out about scored rows, each thing when it is first asked for: curves take a while. */
export interface ClassFindings {
  readonly rows: ScoredRows;
  readonly predicted: Int32Array;
  readonly confusion: ConfusionMatrix;
  readonly classScores: readonly ClassScore[];
  /** One per class; null where there is nothing to rank. */
  readonly curves: readonly (RocCurve | null)[];
}

export function classFindings(rows: ScoredRows): ClassFindings {
  let predicted: Int32Array | null = null;
  let confusion: ConfusionMatrix | null = null;
  let scores: readonly ClassScore[] | null = null;
  let curves: readonly (RocCurve | null)[] | null = null;
  return {
    rows,
    get predicted() {
      predicted ??= predictedClasses(rows);
      return predicted;
    },
    get confusion() {
      confusion ??= confusionMatrix(rows.labels, this.predicted, rows.classes);
      return confusion;
    },
    get classScores() {
      scores ??= classScores(this.confusion);
      return scores;
    },
    get curves() {
      curves ??= Array.from({ length: rows.classes }, (_, c) => rocCurve(rows, c));
      return curves;
    },
  };
}
