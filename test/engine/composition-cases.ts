/** What every composition is tried on. The table is mapped over the registry: one without cases does not compile. */
import type { Composition } from '../../agent/engine/ir/op.ts';
import type { compositions } from '../../agent/engine/ops/compositions/registry.ts';
import { erf } from './reference/special-functions.ts';
import { map, reduce, type Tensor, zip } from './reference/tensor.ts';

type Name = keyof typeof compositions;
type AttrsOf<N extends Name> = (typeof compositions)[N] extends Composition<infer A> ? A : never;

export interface CompositionCase<A> {
  readonly shapes: readonly (readonly number[])[];
  readonly attrs: A;
  /** The first result. */
  readonly reference: (x: readonly Tensor[]) => Tensor;
  /** Left out: both. */
  readonly forwardIn?: readonly ('float32' | 'float64')[];
  /** Results behind the first, where the composition itself runs in float32 only. */
  readonly further?: (x: readonly Tensor[]) => readonly Tensor[];
}

function unary<A>(attrs: A, f: (x: number) => number, further?: (x: number) => number): CompositionCase<A> {
  return {
    shapes: [[4, 6]],
    attrs,
    reference: ([x]) => map(x!, f),
    ...(further === undefined
      ? {}
      : { forwardIn: ['float32'] as const, further: ([x]: readonly Tensor[]) => [map(x!, further)] }),
  };
}

const average = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

function normalized(
  axes: readonly number[],
  x: readonly number[],
  ...learned: readonly (readonly number[])[]
): CompositionCase<{ readonly axes: readonly number[]; readonly eps: number }> {
  const eps = 0.01;
  return {
    shapes: [x, ...learned],
    attrs: { axes, eps },
    reference: ([values, weight, bias]) => {
      const mean = reduce(values!, axes, true, average);
      const centred = zip([values!, mean], (value, m) => value - m);
      const variance = reduce(centred, axes, true, (all) => average(all.map((value) => value * value)));
      const unit = zip([centred, variance], (value, v) => value / Math.sqrt(v + eps));
      return weight === undefined ? unit : zip([unit, weight, bias!], (value, w, c) => value * w + c);
    },
  };
}

const logistic = (x: number): number => 1 / (1 + Math.exp(-x));
const normalShare = (x: number): number => (1 + erf(x / Math.SQRT2)) / 2;
const tanhShare = (x: number): number => (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3))) / 2;

export const COMPOSITION_CASES: { readonly [N in Name]: readonly CompositionCase<AttrsOf<N>>[] } = {
  leakyRelu: [0.01, 0.3, 2, -0.5].map((negativeSlope) =>
    unary({ negativeSlope }, (x) => (x > 0 ? x : negativeSlope * x)),
  ),
  elu: [1, 0.4, 2].map((alpha) => unary({ alpha }, (x) => (x > 0 ? x : alpha * Math.expm1(x)))),
  softplus: [unary({}, (x) => Math.log1p(Math.exp(x)))],
  // onnxruntime fuses the forward pass alone into an op that it has for float32 only.
  silu: [{ ...unary({}, (x) => x * logistic(x)), forwardIn: ['float32'] }],
  gelu: [unary({}, (x) => x * normalShare(x), normalShare)],
  geluTanh: [unary({}, (x) => x * tanhShare(x))],
  normalize: [
    normalized([1], [3, 8]),
    normalized([1], [3, 8], [3, 1], [3, 1]),
    normalized([0, 2], [4, 3, 5], [1, 3, 1], [1, 3, 1]),
    normalized([0], [5, 4], [5, 1], [5, 1]),
    normalized([1, 2], [4, 3, 2], [1, 3, 2], [1, 3, 2]),
  ],
};
