/** Ops that take tensors apart and surround them. */
import { NOT_DIFFERENTIABLE, type OpDef, ShapeError, type SliceAttrs } from '../ir/op.ts';
import { type Dim, fixedDim, type Shape } from '../ir/types.ts';
import { intAttribute } from './emission.ts';
import { checkAxes, expectInputs, inputOf } from './shape-rules.ts';

function slicedShape(shape: Shape, { axes, starts, ends, steps }: SliceAttrs): Shape {
  checkAxes(shape, axes);
  return shape.map((dim, axis): Dim => {
    const at = axes.indexOf(axis);
    if (at < 0) return dim;
    const [start, end, step] = [starts[at]!, ends[at]!, steps[at]!];
    const count = Math.ceil((end - start) / step);
    const size = fixedDim(dim);
    const last = start + (count - 1) * step;
    const inside = (index: number): boolean => Number.isInteger(index) && index >= 0 && index < size;
    if (!(count > 0) || !inside(start) || !inside(last)) {
      throw new ShapeError(`[${shape.join(',')}] has no ${start}:${end}:${step} on axis ${axis}`);
    }
    return count;
  });
}

/** Where ONNX expects "before the first element", which a negative number counted from the end would not say. */
const BEFORE_FIRST = -(2 ** 31);

/** dx = dy among zeros; a slice with steps other than 1 is taken only where nothing is differentiated. */
export const slice: OpDef<'Slice'> = {
  infer: (inputs, attrs) => {
    expectInputs(inputs, 1);
    const x = inputOf(inputs, 0);
    return [{ dtype: x.dtype, shape: slicedShape(x.shape, attrs) }];
  },
  grad: [
    ({ b, x, dy, attrs: { axes, starts, steps } }) => {
      if (steps.some((step) => step !== 1)) throw new Error(`a slice in steps of ${steps.join(',')} has no gradient`);
      const whole = x[0]!.shape;
      const before = whole.map((_, axis) => (axes.includes(axis) ? starts[axes.indexOf(axis)]! : 0));
      const after = whole.map((dim, axis) =>
        axes.includes(axis) ? fixedDim(dim) - before[axis]! - fixedDim(dy.shape[axis]) : 0,
      );
      return b.op('Pad', [dy], { before, after });
    },
  ],
  emit: ({ inputs, attrs }) => {
    const ends = attrs.ends.map((end) => (end < 0 ? BEFORE_FIRST : end));
    const vectors = [attrs.starts, ends, attrs.axes, attrs.steps].map((int64s) => ({ int64s }));
    return { opType: 'Slice', inputs: [...inputs, ...vectors], attributes: {} };
  },
};

/** dx = dy without what was put around it */
export const pad: OpDef<'Pad'> = {
  infer: (inputs, { before, after }) => {
    expectInputs(inputs, 1);
    const x = inputOf(inputs, 0);
    const shape = x.shape.map((dim, axis) => {
      const added = before[axis]! + after[axis]!;
      return added === 0 ? dim : fixedDim(dim) + added;
    });
    const fits = before.length === shape.length && after.length === shape.length;
    if (!fits || shape.some((dim) => typeof dim === 'number' && dim < 1)) {
      throw new ShapeError(`[${x.shape.join(',')}] is not padded by [${before.join(',')}] and [${after.join(',')}]`);
    }
    return [{ dtype: x.dtype, shape }];
  },
  grad: [
    ({ b, x, dy, attrs: { before, after } }) => {
      if ([...before, ...after].some((count) => count < 0)) throw new Error('what cuts off has no gradient');
      const axes = before.flatMap((count, axis) => (count + after[axis]! > 0 ? [axis] : []));
      if (axes.length === 0) return dy;
      const starts = axes.map((axis) => before[axis]!);
      const ends = axes.map((axis) => before[axis]! + fixedDim(x[0]!.shape[axis]));
      return b.op('Slice', [dy], { axes, starts, ends, steps: axes.map(() => 1) });
    },
  ],
  emit: ({ inputs, attrs: { before, after } }) => ({
    opType: 'Pad',
    inputs: [...inputs, { int64s: [...before, ...after] }],
    attributes: {},
  }),
};

/** Gradients reach the first output of an op alone; slices are what is differentiated. */
export const split: OpDef<'Split'> = {
  infer: (inputs, { axis, sizes }) => {
    expectInputs(inputs, 1);
    const x = inputOf(inputs, 0);
    checkAxes(x.shape, [axis]);
    if (sizes.reduce((sum, size) => sum + size, 0) !== x.shape[axis] || sizes.some((size) => size < 1)) {
      throw new ShapeError(`[${x.shape.join(',')}] does not split into [${sizes.join(',')}] on axis ${axis}`);
    }
    return sizes.map((size) => ({ dtype: x.dtype, shape: x.shape.map((dim, at) => (at === axis ? size : dim)) }));
  },
  grad: NOT_DIFFERENTIABLE,
  emit: ({ inputs, attrs: { axis, sizes } }) => ({
    opType: 'Split',
    inputs: [...inputs, { int64s: sizes }],
    attributes: { axis: intAttribute(axis) },
  }),
};
