/** Clipping by the norm of all gradients together, as `torch.nn.utils.clip_grad_norm_`. */
import type { GraphBuilder } from '../ir/op.ts';
import type { Value } from '../ir/types.ts';

/** PyTorch's, so that gradients of zero divide by something. */
const EPSILON = 1e-6;

/** Sum of the squares of all elements, scalar. */
export function sumOfSquares(b: GraphBuilder, values: readonly Value[]): Value {
  return values
    .map((value) => b.op('ReduceSumSquare', [value], { axes: value.shape.map((_, axis) => axis), keepDims: false }))
    .reduce((sum, square) => b.op('Add', [sum, square]), b.scalar('float32', 0));
}

/** What to multiply every gradient by: min(1, maxNorm / (norm + 1e-6)), times `seed` where there is one. */
export function clipFactor(b: GraphBuilder, gradients: readonly Value[], maxNorm: Value, seed: Value | null): Value {
  const norm = b.op('Sqrt', [sumOfSquares(b, gradients)]);
  const ratio = b.op('Div', [maxNorm, b.op('Add', [norm, b.scalar('float32', EPSILON)])]);
  const factor = b.op('Min', [ratio, b.scalar('float32', 1)]);
  return seed === null ? factor : b.op('Mul', [factor, seed]);
}
