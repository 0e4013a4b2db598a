/** Losses, by the word the sweep file uses. Scores and targets are `[rows, classes]`. */
import type { LossConfig } from '../../../shared/sweep/train.ts';
import type { GraphBuilder } from '../ir/op.ts';
import { type DType, fixedDim, tensorData, type Value } from '../ir/types.ts';

export interface LossDef {
  /** What scores are compared with, from labels of any shape: `[...labels, classes]`. */
  readonly targets: (b: GraphBuilder, labels: Value, classes: number, dtype: DType) => Value;
  /** One loss per row: `[rows]`. */
  readonly perRow: (b: GraphBuilder, scores: Value, targets: Value) => Value;
  /** The gradient of `seed` times the mean loss by the scores, where the reverse walk begins. */
  readonly gradient: (b: GraphBuilder, scores: Value, targets: Value, seed: Value) => Value;
}

/**
 * Softmax with cross-entropy. Its gradient is one rule, (softmax(z) - onehot(labels)) * seed / rows, because the two
 * gradients cancel: exact where a chain of rules would divide by a probability that has underflowed, and fewer nodes.
 */
const crossEntropy: LossDef = {
  targets: (b, labels, classes, dtype) => {
    const unit = Array.from({ length: classes * classes }, (_, i) => (i % (classes + 1) === 0 ? 1 : 0));
    const eye = b.constant({ dtype, shape: [classes, classes] }, tensorData(dtype, unit));
    return b.op('Gather', [eye, labels], { axis: 0 });
  },
  perRow: (b, scores, targets) => {
    const own = b.op('Mul', [targets, b.op('LogSoftmax', [scores], { axis: 1 })]);
    return b.op('Neg', [b.op('ReduceSum', [own], { axes: [1], keepDims: false })]);
  },
  gradient: (b, scores, targets, seed) => {
    const scale = b.op('Mul', [seed, b.scalar(scores.dtype, 1 / fixedDim(scores.shape[0]))]);
    return b.op('Mul', [b.op('Sub', [b.op('Softmax', [scores], { axis: 1 }), targets]), scale]);
  },
};

export const losses: { readonly [T in LossConfig['type']]: LossDef } = { cross_entropy: crossEntropy };
