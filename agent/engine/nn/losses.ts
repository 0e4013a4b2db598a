/** Losses, by the word the sweep file uses. */
import type { LossConfig } from '../../../shared/sweep/train.ts';
import type { GraphBuilder } from '../ir/op.ts';
import { fixedDim, tensorData, type Value } from '../ir/types.ts';

export interface Loss {
  /** One loss per row: `[rows]`. */
  readonly perRow: () => Value;
  /** Their mean, a scalar. */
  readonly mean: () => Value;
  /** The gradient of `seed * mean` by the scores, where the reverse walk begins. */
  readonly gradient: (seed: Value) => Value;
}

/** From scores `[rows, classes]` and labels `[rows]`. */
type LossDef = (b: GraphBuilder, scores: Value, labels: Value) => Loss;

/**
 * Softmax with cross-entropy. Its gradient is one rule, (softmax(z) - onehot(labels)) * seed / rows, because the two
 * gradients cancel: exact where a chain of rules would divide by a probability that has underflowed, and half the nodes.
 */
const crossEntropy: LossDef = (b, scores, labels) => {
  const { dtype } = scores;
  const [rows, classes] = scores.shape.map(fixedDim) as [number, number];
  const unit = Array.from({ length: classes * classes }, (_, i) => (i % (classes + 1) === 0 ? 1 : 0));
  const eye = b.constant({ dtype, shape: [classes, classes] }, tensorData(dtype, unit));
  const oneHot = b.op('Gather', [eye, labels], { axis: 0 });
  const logProbabilities = b.op('LogSoftmax', [scores], { axis: 1 });
  const sumOfOwn = (axes: readonly number[]): Value =>
    b.op('ReduceSum', [b.op('Mul', [oneHot, logProbabilities])], { axes, keepDims: false });
  return {
    perRow: () => b.op('Neg', [sumOfOwn([1])]),
    mean: () => b.op('Mul', [sumOfOwn([0, 1]), b.scalar(dtype, -1 / rows)]),
    gradient: (seed) => {
      const scale = b.op('Mul', [seed, b.scalar(dtype, 1 / rows)]);
      return b.op('Mul', [b.op('Sub', [b.op('Exp', [logProbabilities]), oneHot]), scale]);
    },
  };
};

export const losses: { readonly [T in LossConfig['type']]: LossDef } = { cross_entropy: crossEntropy };
