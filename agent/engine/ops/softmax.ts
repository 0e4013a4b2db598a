/** Softmax and its logarithm along one axis. */
import type { GraphBuilder, NodeOf, OnnxNode, OpAttrs, OpDef, OpName } from '../ir/op.ts';
import type { TensorType, Value } from '../ir/types.ts';
import { intAttribute } from './emission.ts';
import { checkAxes, expectInputs, FLOATS, inputOf } from './shape-rules.ts';

function inferSoftmax(inputs: readonly TensorType[], { axis }: OpAttrs['Softmax']): readonly TensorType[] {
  expectInputs(inputs, 1);
  const x = inputOf(inputs, 0, FLOATS);
  checkAxes(x.shape, [axis]);
  return [x];
}

function emitSoftmax<N extends OpName & ('Softmax' | 'LogSoftmax')>(node: NodeOf<N>): OnnxNode {
  return { opType: node.op, inputs: node.inputs, attributes: { axis: intAttribute(node.attrs.axis) } };
}

const sumAlong = (b: GraphBuilder, value: Value, axis: number): Value =>
  b.op('ReduceSum', [value], { axes: [axis], keepDims: true });

/** dx = y * (dy - sum(dy * y)) */
export const softmax: OpDef<'Softmax'> = {
  infer: inferSoftmax,
  grad: [
    ({ b, y, dy, attrs }) => {
      const mean = sumAlong(b, b.op('Mul', [dy, y[0]!]), attrs.axis);
      return b.op('Mul', [y[0]!, b.op('Sub', [dy, mean])]);
    },
  ],
  emit: emitSoftmax,
};

/** dx = dy - exp(y) * sum(dy) */
export const logSoftmax: OpDef<'LogSoftmax'> = {
  infer: inferSoftmax,
  grad: [
    ({ b, y, dy, attrs }) => {
      const share = b.op('Mul', [b.op('Exp', [y[0]!]), sumAlong(b, dy, attrs.axis)]);
      return b.op('Sub', [dy, share]);
    },
  ],
  emit: emitSoftmax,
};
