/** What a loss defines. Scores are `[rows, outputs]`. */
import type { GraphBuilder } from '../../ir/op.ts';
import { type DType, fixedDim, type Value } from '../../ir/types.ts';

export interface Targets {
  /** Null where labels are numbers, as many per row as the model has outputs. */
  readonly classes: number | null;
  /** Scores of one example. */
  readonly outputs: number;
}

export interface LossDef {
  /**
   * What scores are compared with, one line for each label: `[...labels, line]`. Labels are int32 classes of any shape, or
   * float32 numbers `[...rows, outputs]`.
   */
  readonly targets: (b: GraphBuilder, labels: Value, of: Targets, dtype: DType) => Value;
  /** One loss per row, `[rows]`, times the row's weight where rows have weights. `targets` is `[rows, line]`. */
  readonly perRow: (b: GraphBuilder, scores: Value, targets: Value) => Value;
  /** Weights of the rows, by which sums of losses are divided: `[rows]`. Null where each counts 1. */
  readonly rowWeights: ((b: GraphBuilder, targets: Value) => Value) | null;
  /** The gradient of `seed` times the mean loss by the scores, where the reverse walk begins. */
  readonly gradient: (b: GraphBuilder, scores: Value, targets: Value, seed: Value) => Value;
}

/** `seed` times 1 / n, for a mean over n. */
export function meanSeed(b: GraphBuilder, seed: Value, n: number): Value {
  return b.op('Mul', [seed, b.scalar(seed.dtype, 1 / n)]);
}

export const rowsOf = (scores: Value): number => fixedDim(scores.shape[0]);

export const elementsIn = (scores: Value): number => rowsOf(scores) * fixedDim(scores.shape[1]);
