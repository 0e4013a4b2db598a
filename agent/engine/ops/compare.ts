/** Comparison, selection and change of element type. */
import { NOT_DIFFERENTIABLE, type OpDef } from '../ir/op.ts';
import { isFloat } from '../ir/types.ts';
import { ELEMENT_TYPE, emitPlain, intAttribute } from './emission.ts';
import { broadcastShapes, expectInputs, FLOATS, inferComparison, inputOf } from './shape-rules.ts';

export const equal: OpDef<'Equal'> = { infer: inferComparison, grad: NOT_DIFFERENTIABLE, emit: emitPlain('Equal') };

export const less: OpDef<'Less'> = { infer: inferComparison, grad: NOT_DIFFERENTIABLE, emit: emitPlain('Less') };

export const greater: OpDef<'Greater'> = {
  infer: inferComparison,
  grad: NOT_DIFFERENTIABLE,
  emit: emitPlain('Greater'),
};

export const greaterOrEqual: OpDef<'GreaterOrEqual'> = {
  infer: inferComparison,
  grad: NOT_DIFFERENTIABLE,
  emit: emitPlain('GreaterOrEqual'),
};

/** Opset 13. */
export const isMissing: OpDef<'IsNaN'> = {
  infer: (inputs) => {
    expectInputs(inputs, 1);
    return [{ dtype: 'bool', shape: inputOf(inputs, 0, FLOATS).shape }];
  },
  grad: NOT_DIFFERENTIABLE,
  emit: emitPlain('IsNaN'),
};

/** da = c ? dy : 0, db = c ? 0 : dy */
export const where: OpDef<'Where'> = {
  infer: (inputs) => {
    expectInputs(inputs, 3);
    const condition = inputOf(inputs, 0, ['bool']);
    const a = inputOf(inputs, 1);
    const b = inputOf(inputs, 2, [a.dtype]);
    return [{ dtype: a.dtype, shape: broadcastShapes(condition.shape, broadcastShapes(a.shape, b.shape)) }];
  },
  grad: [
    null,
    ({ b, x, dy }) => b.op('Where', [x[0]!, dy, b.scalar(dy.dtype, 0)]),
    ({ b, x, dy }) => b.op('Where', [x[0]!, b.scalar(dy.dtype, 0), dy]),
  ],
  emit: emitPlain('Where'),
};

/** Between float types dx = dy, cast back; from anything else there is nothing to differentiate. */
export const cast: OpDef<'Cast'> = {
  infer: (inputs, attrs) => {
    expectInputs(inputs, 1);
    return [{ dtype: attrs.to, shape: inputOf(inputs, 0).shape }];
  },
  grad: [
    ({ b, x, dy }) => {
      const from = x[0]!.dtype;
      if (!isFloat(from)) throw new Error(`asked for a gradient through a cast from ${from}`);
      return b.op('Cast', [dy], { to: from });
    },
  ],
  emit: (node) => ({
    opType: 'Cast',
    inputs: node.inputs,
    attributes: { to: intAttribute(ELEMENT_TYPE[node.attrs.to]) },
  }),
};
