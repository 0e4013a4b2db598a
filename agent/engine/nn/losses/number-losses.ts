/**
 * Losses of predicted numbers: `torch.nn.MSELoss`, `L1Loss`, `HuberLoss`, the mean over all outputs of all rows. With
 * classes the targets are 1 for the label and 0 for the others.
 */
import type { GraphBuilder } from '../../ir/op.ts';
import { tensorData, type Value } from '../../ir/types.ts';
import { elementsIn, type LossDef, meanSeed } from './loss.ts';

const targets: LossDef['targets'] = (b, labels, { classes }, dtype) => {
  if (classes === null) return labels;
  const unit = Array.from({ length: classes * classes }, (_, i) => Number(i % (classes + 1) === 0));
  const eye = b.constant({ dtype, shape: [classes, classes] }, tensorData(dtype, unit));
  return b.op('Gather', [eye, labels], { axis: 0 });
};

const meanOfLine = (b: GraphBuilder, x: Value): Value => b.op('ReduceMean', [x], { axes: [1], keepDims: false });

const difference = (b: GraphBuilder, scores: Value, lines: Value): Value => b.op('Sub', [scores, lines]);

/** Between -bound and bound; NaN stays NaN. */
function clipped(b: GraphBuilder, x: Value, bound: number): Value {
  return b.op('Max', [b.op('Min', [x, b.scalar(x.dtype, bound)]), b.scalar(x.dtype, -bound)]);
}

/** (z - y)^2, with the gradient 2 (z - y). */
export const mse: LossDef = {
  targets,
  perRow: (b, scores, lines) => {
    const d = difference(b, scores, lines);
    return meanOfLine(b, b.op('Mul', [d, d]));
  },
  rowWeights: null,
  gradient: (b, scores, lines, seed) =>
    b.op('Mul', [difference(b, scores, lines), meanSeed(b, seed, elementsIn(scores) / 2)]),
};

/** |z - y|, with the gradient sign(z - y): as a steep line with a ceiling, because the op Sign is several times slower. */
export const mae: LossDef = {
  targets,
  perRow: (b, scores, lines) => meanOfLine(b, b.op('Abs', [difference(b, scores, lines)])),
  rowWeights: null,
  gradient: (b, scores, lines, seed) => {
    const steep = b.op('Mul', [difference(b, scores, lines), b.scalar(scores.dtype, 1e30)]);
    return b.op('Mul', [clipped(b, steep, 1), meanSeed(b, seed, elementsIn(scores))]);
  },
};

/** d^2 / 2 up to |d| = delta, delta (|d| - delta / 2) beyond; the gradient is d between -delta and delta. */
export function huber({ delta }: { readonly delta: number }): LossDef {
  return {
    targets,
    perRow: (b, scores, lines) => {
      const size = b.op('Abs', [difference(b, scores, lines)]);
      const near = b.op('Min', [size, b.scalar(size.dtype, delta)]);
      const rest = b.op('Sub', [size, b.op('Mul', [near, b.scalar(size.dtype, 0.5)])]);
      return meanOfLine(b, b.op('Mul', [near, rest]));
    },
    rowWeights: null,
    gradient: (b, scores, lines, seed) =>
      b.op('Mul', [clipped(b, difference(b, scores, lines), delta), meanSeed(b, seed, elementsIn(scores))]),
  };
}
