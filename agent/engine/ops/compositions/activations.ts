/**
 * Activations made of several ops. Each takes what its gradient needs from the way forward, so that going back costs two
 * to four passes. All of them keep NaN.
 */
import type { Composition, GraphBuilder } from '../../ir/op.ts';
import type { Value } from '../../ir/types.ts';
import { positiveMask } from '../activation.ts';

type Plain = Readonly<Record<never, never>>;

const scaled = (b: GraphBuilder, x: Value, by: number): Value =>
  by === 1 ? x : b.op('Mul', [x, b.scalar(x.dtype, by)]);
const plus = (b: GraphBuilder, x: Value, by: number): Value => b.op('Add', [x, b.scalar(x.dtype, by)]);

/** 1 where x > 0, `slope` elsewhere. */
function slopes(b: GraphBuilder, x: Value, slope: number): Value {
  const mask = positiveMask(b, x);
  if (slope >= 0 && slope <= 1) return b.op('Max', [mask, b.scalar(x.dtype, slope)]);
  return plus(b, scaled(b, mask, 1 - slope), slope);
}

/** x, or negativeSlope x below zero; dx = dy, or negativeSlope dy. */
export const leakyRelu: Composition<{ readonly negativeSlope: number }> = {
  name: 'leaky_relu',
  forward: (b, [x], { negativeSlope }) => [
    x!.dtype === 'float32'
      ? b.op('LeakyRelu', [x!], { alpha: negativeSlope })
      : b.op('Sub', [b.op('Relu', [x!]), scaled(b, b.op('Relu', [b.op('Neg', [x!])]), negativeSlope)]),
  ],
  backward: ({ b, x, dy, attrs }) => [b.op('Mul', [dy, slopes(b, x[0]!, attrs.negativeSlope)])],
};

/**
 * x, or alpha (exp(x) - 1) below zero, as Relu(x) + alpha (e - 1) with e = exp(min(x, 0)): a third of the time of the op
 * Elu. dx = dy e where alpha is 1, because e is 1 above zero; else the slope above zero is put right.
 */
export const elu: Composition<{ readonly alpha: number }> = {
  name: 'elu',
  forward: (b, [x], { alpha }) => {
    const e = b.op('Exp', [b.op('Min', [x!, b.scalar(x!.dtype, 0)])]);
    const below = scaled(b, plus(b, e, -1), alpha);
    return [b.op('Add', [b.op('Relu', [x!]), below]), e];
  },
  backward: ({ b, x, y, dy, attrs: { alpha } }) => {
    const falling = scaled(b, y[1]!, alpha);
    const slope = alpha === 1 ? falling : b.op('Add', [falling, scaled(b, positiveMask(b, x[0]!), 1 - alpha)]);
    return [b.op('Mul', [dy, slope])];
  },
};

/** log(1 + exp(x)) as Relu(x) + log(1 + exp(-|x|)), which never overflows; dx = dy sigmoid(x). */
export const softplus: Composition<Plain> = {
  name: 'softplus',
  forward: (b, [x]) => {
    const small = b.op('Exp', [b.op('Neg', [b.op('Abs', [x!])])]);
    return [b.op('Add', [b.op('Relu', [x!]), b.op('Log', [plus(b, small, 1)])])];
  },
  backward: ({ b, x, dy }) => [b.op('Mul', [dy, b.op('Sigmoid', [x[0]!])])],
};

/** x s with s = sigmoid(x); dx = dy (s + y (1 - s)) = dy (y + s (1 - y)). */
export const silu: Composition<Plain> = {
  name: 'silu',
  forward: (b, [x]) => {
    const s = b.op('Sigmoid', [x!]);
    return [b.op('Mul', [x!, s]), s];
  },
  backward: ({ b, y: [y, s], dy }) => {
    const rest = b.op('Sub', [s!, b.op('Mul', [s!, y!])]);
    return [b.op('Mul', [dy, b.op('Add', [y!, rest])])];
  },
};

/** x p with p = (1 + erf(x / sqrt 2)) / 2, float32; dx = dy (p + x exp(-x^2 / 2) / sqrt(2 pi)). */
export const gelu: Composition<Plain> = {
  name: 'gelu',
  forward: (b, [x]) => {
    const p = scaled(b, plus(b, b.op('Erf', [scaled(b, x!, Math.SQRT1_2)]), 1), 0.5);
    return [b.op('Mul', [x!, p]), p];
  },
  backward: ({ b, x: [x], y, dy }) => {
    const bell = b.op('Exp', [scaled(b, b.op('Mul', [x!, x!]), -0.5)]);
    const slope = b.op('Mul', [scaled(b, x!, 1 / Math.sqrt(2 * Math.PI)), bell]);
    return [b.op('Mul', [dy, b.op('Add', [y[1]!, slope])])];
  },
};

const CUBIC = 0.044715;
const ROOT = Math.sqrt(2 / Math.PI);

/** x p with p = (1 + tanh(u)) / 2, u = sqrt(2 / pi) (x + 0.044715 x^3); dx = dy (p + 2 x p (1 - p) u'). */
export const geluTanh: Composition<Plain> = {
  name: 'gelu_tanh',
  forward: (b, [x]) => {
    // (1 + tanh u) / 2 = sigmoid(2 u)
    const cubic = plus(b, scaled(b, b.op('Mul', [x!, x!]), 2 * ROOT * CUBIC), 2 * ROOT);
    const p = b.op('Sigmoid', [b.op('Mul', [x!, cubic])]);
    return [b.op('Mul', [x!, p]), p];
  },
  backward: ({ b, x: [x], y: [y, p], dy }) => {
    const slope = plus(b, scaled(b, b.op('Mul', [x!, x!]), 6 * ROOT * CUBIC), 2 * ROOT);
    const left = b.op('Sub', [y!, b.op('Mul', [y!, p!])]);
    return [b.op('Mul', [dy, b.op('Add', [p!, b.op('Mul', [left, slope])])])];
  },
};
