/** Reductions over named axes. */
import {
  type AxesAttrs,
  type GradContext,
  NOT_DIFFERENTIABLE,
  type NodeOf,
  type OnnxNode,
  type OpDef,
} from '../ir/op.ts';
import { elementCount, fixedDim, type Shape, type TensorType, type Value } from '../ir/types.ts';
import { intAttribute, intsAttribute } from './emission.ts';
import { checkAxes, expectInputs, FLOATS, inputOf } from './shape-rules.ts';

type ReduceName = 'ReduceSum' | 'ReduceMean' | 'ReduceMax' | 'ReduceSumSquare';

function reducedShape(shape: Shape, { axes, keepDims }: AxesAttrs): Shape {
  const reduced = shape.map((dim, axis) => (axes.includes(axis) ? 1 : dim));
  return keepDims ? reduced : reduced.filter((_, axis) => !axes.includes(axis));
}

function inferReduce(inputs: readonly TensorType[], attrs: AxesAttrs): readonly TensorType[] {
  expectInputs(inputs, 1);
  const x = inputOf(inputs, 0, FLOATS);
  checkAxes(x.shape, attrs.axes);
  return [{ dtype: x.dtype, shape: reducedShape(x.shape, attrs) }];
}

/** ReduceSum takes its axes as an input since opset 13, the others since 18. */
function emitReduce<N extends ReduceName>(opType: N, axesAreInputSince: number) {
  return (node: NodeOf<N>, opset: number): OnnxNode => {
    const { axes, keepDims } = node.attrs as AxesAttrs;
    const asInput = opset >= axesAreInputSince;
    return {
      opType,
      inputs: asInput ? [...node.inputs, { int64s: axes }] : node.inputs,
      attributes: { keepdims: intAttribute(keepDims), ...(asInput ? {} : { axes: intsAttribute(axes) }) },
    };
  };
}

/** A value of the reduced shape with the reduced axes put back as 1, so that it broadcasts against x. */
function withAxes<N extends ReduceName>({ b, x, attrs }: GradContext<N>, reduced: Value): Value {
  const { axes, keepDims } = attrs as AxesAttrs;
  return keepDims
    ? reduced
    : b.op('Reshape', [reduced], { shape: reducedShape(x[0]!.shape, { axes, keepDims: true }) });
}

/** dx = dy, repeated along the reduced axes */
export const reduceSum: OpDef<'ReduceSum'> = {
  infer: inferReduce,
  grad: [(context) => context.b.op('Expand', [withAxes(context, context.dy)], { shape: context.x[0]!.shape })],
  emit: emitReduce('ReduceSum', 13),
};

/** dx = dy / n, repeated along the reduced axes */
export const reduceMean: OpDef<'ReduceMean'> = {
  infer: inferReduce,
  grad: [
    (context) => {
      const { b, x, dy, attrs } = context;
      const count = elementCount(attrs.axes.map((axis) => fixedDim(x[0]!.shape[axis])));
      const share = b.op('Mul', [dy, b.scalar(dy.dtype, 1 / count)]);
      return b.op('Expand', [withAxes(context, share)], { shape: x[0]!.shape });
    },
  ],
  emit: emitReduce('ReduceMean', 18),
};

/** dx = dy where x = y, shared evenly between equal maxima */
export const reduceMax: OpDef<'ReduceMax'> = {
  infer: inferReduce,
  grad: [
    (context) => {
      const { b, x, y, dy, attrs } = context;
      const chosen = b.op('Cast', [b.op('Equal', [x[0]!, withAxes(context, y[0]!)])], { to: dy.dtype });
      const count = b.op('ReduceSum', [chosen], { axes: attrs.axes, keepDims: true });
      return b.op('Mul', [chosen, b.op('Div', [withAxes(context, dy), count])]);
    },
  ],
  emit: emitReduce('ReduceMax', 18),
};

/** dx = 2 x dy */
export const reduceSumSquare: OpDef<'ReduceSumSquare'> = {
  infer: inferReduce,
  grad: [
    (context) => {
      const { b, x, dy } = context;
      return b.op('Mul', [x[0]!, withAxes(context, b.op('Mul', [dy, b.scalar(dy.dtype, 2)]))]);
    },
  ],
  emit: emitReduce('ReduceSumSquare', 18),
};

/** The first index of the largest element along an axis, which goes away. */
export const argMax: OpDef<'ArgMax'> = {
  infer: (inputs, { axis }) => {
    expectInputs(inputs, 1);
    const { shape } = inputOf(inputs, 0, FLOATS);
    checkAxes(shape, [axis]);
    return [{ dtype: 'int64', shape: reducedShape(shape, { axes: [axis], keepDims: false }) }];
  },
  grad: NOT_DIFFERENTIABLE,
  emit: (node) => ({
    opType: 'ArgMax',
    inputs: node.inputs,
    attributes: { axis: intAttribute(node.attrs.axis), keepdims: intAttribute(false) },
  }),
};
