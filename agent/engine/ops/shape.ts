/** Ops that move or repeat elements. */
import { type OpDef, ShapeError } from '../ir/op.ts';
import { type Dim, fixedDim, type Shape, sameShape, type TensorType } from '../ir/types.ts';
import { intAttribute, intsAttribute } from './emission.ts';
import { broadcastShapes, checkAxes, expectInputs, inputOf } from './shape-rules.ts';

const isNamed = (dim: Dim): boolean => typeof dim === 'string';

/** A named dimension has to be kept as it is; the fixed ones have to hold as many elements as before. */
function checkReshape(from: Shape, to: Shape): void {
  const named = (shape: Shape): string => shape.filter(isNamed).join(',');
  const fixed = (shape: Shape): number => shape.reduce<number>((n, dim) => (typeof dim === 'number' ? n * dim : n), 1);
  if (named(from) !== named(to) || to.filter(isNamed).length > 1 || fixed(from) !== fixed(to)) {
    throw new ShapeError(`[${from.join(',')}] does not reshape to [${to.join(',')}]`);
  }
}

/** dx = dy in the shape of x */
export const reshape: OpDef<'Reshape'> = {
  infer: (inputs, { shape }) => {
    expectInputs(inputs, 1);
    const x = inputOf(inputs, 0);
    checkReshape(x.shape, shape);
    return [{ dtype: x.dtype, shape }];
  },
  grad: [({ b, x, dy }) => b.op('Reshape', [dy], { shape: x[0]!.shape })],
  emit: (node) => ({
    opType: 'Reshape',
    inputs: [...node.inputs, { int64s: node.attrs.shape.map((dim) => (typeof dim === 'number' ? dim : -1)) }],
    attributes: {},
  }),
};

/** dx = dy with the inverse permutation */
export const transpose: OpDef<'Transpose'> = {
  infer: (inputs, { perm }) => {
    expectInputs(inputs, 1);
    const x = inputOf(inputs, 0);
    checkAxes(x.shape, perm);
    if (perm.length !== x.shape.length) throw new ShapeError(`perm [${perm.join(',')}] leaves out an axis`);
    return [{ dtype: x.dtype, shape: perm.map((axis) => x.shape[axis] as Dim) }];
  },
  grad: [
    ({ b, dy, attrs }) => b.op('Transpose', [dy], { perm: attrs.perm.map((_, axis) => attrs.perm.indexOf(axis)) }),
  ],
  emit: (node) => ({ opType: 'Transpose', inputs: node.inputs, attributes: { perm: intsAttribute(node.attrs.perm) } }),
};

/** dx = dy summed over what was repeated, which the reverse walk does for every op */
export const expand: OpDef<'Expand'> = {
  infer: (inputs, { shape }) => {
    expectInputs(inputs, 1);
    const x = inputOf(inputs, 0);
    if (!sameShape(broadcastShapes(x.shape, shape), shape)) {
      throw new ShapeError(`[${x.shape.join(',')}] does not expand to [${shape.join(',')}]`);
    }
    return [{ dtype: x.dtype, shape }];
  },
  grad: [({ dy }) => dy],
  emit: (node) => ({
    opType: 'Expand',
    inputs: [...node.inputs, { int64s: node.attrs.shape.map((dim) => (typeof dim === 'number' ? dim : 1)) }],
    attributes: {},
  }),
};

function concatShape(inputs: readonly TensorType[], axis: number): Shape {
  const first = inputOf(inputs, 0);
  checkAxes(first.shape, [axis]);
  const others = (shape: Shape): Shape => shape.filter((_, at) => at !== axis);
  const total = inputs.reduce((sum, _, i) => {
    const { shape } = inputOf(inputs, i, [first.dtype]);
    if (!sameShape(others(shape), others(first.shape))) {
      throw new ShapeError(`[${shape.join(',')}] does not continue [${first.shape.join(',')}] along axis ${axis}`);
    }
    return sum + fixedDim(shape[axis]);
  }, 0);
  return first.shape.map((dim, at) => (at === axis ? total : dim));
}

/** Any number of inputs, end to end; dx = the slice of dy where x lies. */
export const concat: OpDef<'Concat'> = {
  infer: (inputs, { axis }) => [{ dtype: inputOf(inputs, 0).dtype, shape: concatShape(inputs, axis) }],
  grad: (index) => {
    return ({ b, x, dy, attrs: { axis } }) => {
      const sizes = x.map((value) => fixedDim(value.shape[axis]));
      const start = sizes.slice(0, index).reduce((sum, size) => sum + size, 0);
      return b.op('Slice', [dy], { axes: [axis], starts: [start], ends: [start + sizes[index]!], steps: [1] });
    };
  },
  emit: (node) => ({ opType: 'Concat', inputs: node.inputs, attributes: { axis: intAttribute(node.attrs.axis) } }),
};
