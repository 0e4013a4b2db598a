/**
 * Normalising to mean 0 and variance 1 over some axes, with one gradient for the whole (Ioffe and Szegedy 2015, Ba et al.
 * 2016): a third of the passes that the rules of its ops would take.
 */
import type { Composition, GraphBuilder } from '../../ir/op.ts';
import { elementCount, type Shape, sameShape, type Value } from '../../ir/types.ts';

export interface NormalizeAttrs {
  /** Those that mean and variance are taken over. */
  readonly axes: readonly number[];
  readonly eps: number;
}

const sumOver = (b: GraphBuilder, x: Value, axes: readonly number[]): Value =>
  axes.length === 0 ? x : b.op('ReduceSum', [x], { axes, keepDims: true });

/** Axes along which a tensor of `shape` repeats to have the shape `whole`. */
const repeated = (shape: Shape, whole: Shape): readonly number[] =>
  whole.flatMap((dim, axis) => (dim !== shape[axis] ? [axis] : []));

/**
 * Inputs: x, and weight and bias, or neither; both with x's rank, stretched along some axes. Results: y, mean, biased
 * variance; then x - mean and 1 / sqrt(variance + eps).
 *
 * With n elements per mean, d = x - mean, i = 1 / sqrt(variance + eps), g = dy weight:
 * dx = i (g - sum(g) / n - d i^2 sum(g d) / n), dweight = sum(dy d i), dbias = sum(dy).
 */
export const normalize: Composition<NormalizeAttrs> = {
  name: 'normalize',
  forward: (b, [x, weight, bias], { axes, eps }) => {
    const over = { axes, keepDims: true };
    const mean = b.op('ReduceMean', [x!], over);
    const centred = b.op('Sub', [x!, mean]);
    // ReduceSumSquare takes three times as long as these two.
    const variance = b.op('ReduceMean', [b.op('Mul', [centred, centred])], over);
    const inverse = inverseRoot(b, variance, eps);
    if (weight === undefined || bias === undefined) {
      return [b.op('Mul', [centred, inverse]), mean, variance, centred, inverse];
    }
    // Of the two factors the smaller product comes first.
    const scaled = sameShape(weight.shape, inverse.shape)
      ? b.op('Mul', [centred, b.op('Mul', [inverse, weight])])
      : b.op('Mul', [b.op('Mul', [centred, inverse]), weight]);
    return [b.op('Add', [scaled, bias]), mean, variance, centred, inverse];
  },
  backward: (context) => (perChannel(context) ? backwardPerChannel(context) : backwardPerElement(context)),
};

type Context = Parameters<Composition<NormalizeAttrs>['backward']>[0];

const countOf = (x: Value, axes: readonly number[]): number => elementCount(axes.map((axis) => x.shape[axis]!));

export function inverseRoot(b: GraphBuilder, variance: Value, eps: number): Value {
  return b.op('Reciprocal', [b.op('Sqrt', [b.op('Add', [variance, b.scalar(variance.dtype, eps)])])]);
}

/** Whether the weight is one number for each mean: then the sums for weight and bias are those for dx. */
const perChannel = ({ x: [, weight], y }: Context): boolean =>
  weight === undefined || sameShape(weight.shape, y[1]!.shape);

function backwardPerChannel({ b, x, y, dy, attrs: { axes } }: Context): readonly Value[] {
  const [, , , centred, inverse] = y as readonly [Value, Value, Value, Value, Value];
  const weight = x[1];
  const sum = sumOver(b, dy, axes);
  const along = b.op('Mul', [sumOver(b, b.op('Mul', [dy, centred]), axes), inverse]);
  const factor = weight === undefined ? inverse : b.op('Mul', [inverse, weight]);
  const dx = b.op('Mul', [
    withoutTrend(b, dy, sum, b.op('Mul', [along, inverse]), centred, countOf(x[0]!, axes)),
    factor,
  ]);
  return weight === undefined ? [dx] : [dx, along, sum];
}

function backwardPerElement({ b, x, y, dy, attrs: { axes } }: Context): readonly Value[] {
  const [, , , centred, inverse] = y as readonly [Value, Value, Value, Value, Value];
  const weight = x[1] as Value;
  const rows = repeated(weight.shape, dy.shape);
  const normalised = b.op('Mul', [centred, inverse]);
  const g = b.op('Mul', [dy, weight]);
  const along = sumOver(b, b.op('Mul', [g, normalised]), axes);
  const dx = b.op('Mul', [withoutTrend(b, g, sumOver(b, g, axes), along, normalised, countOf(x[0]!, axes)), inverse]);
  return [dx, sumOver(b, b.op('Mul', [dy, normalised]), rows), sumOver(b, dy, rows)];
}

/** g - sum / n - direction * along / n */
function withoutTrend(b: GraphBuilder, g: Value, sum: Value, along: Value, direction: Value, n: number): Value {
  const share = b.scalar(g.dtype, 1 / n);
  const level = b.op('Sub', [g, b.op('Mul', [sum, share])]);
  return b.op('Sub', [level, b.op('Mul', [direction, b.op('Mul', [along, share])])]);
}
