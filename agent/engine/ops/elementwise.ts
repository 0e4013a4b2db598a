/** Arithmetic and activations, element by element. */
import { NOT_DIFFERENTIABLE, type OpDef } from '../ir/op.ts';
import type { DType } from '../ir/types.ts';
import { emitPlain, floatAttribute } from './emission.ts';
import { expectInputs, inferBinary, inferUnaryFloat, inputOf } from './shape-rules.ts';

const NUMBERS: readonly DType[] = ['float32', 'float64', 'int32', 'int64', 'uint32'];
const inferArithmetic = inferBinary(NUMBERS);

export const identity: OpDef<'Identity'> = {
  infer: (inputs) => {
    expectInputs(inputs, 1);
    return [inputOf(inputs, 0)];
  },
  grad: [({ dy }) => dy],
  emit: emitPlain('Identity'),
};

/** dx = -dy */
export const neg: OpDef<'Neg'> = {
  infer: inferUnaryFloat,
  grad: [({ b, dy }) => b.op('Neg', [dy])],
  emit: emitPlain('Neg'),
};

/** dx = dy * y */
export const exp: OpDef<'Exp'> = {
  infer: inferUnaryFloat,
  grad: [({ b, y, dy }) => b.op('Mul', [dy, y[0]!])],
  emit: emitPlain('Exp'),
};

/** dx = dy / x */
export const log: OpDef<'Log'> = {
  infer: inferUnaryFloat,
  grad: [({ b, x, dy }) => b.op('Div', [dy, x[0]!])],
  emit: emitPlain('Log'),
};

/** dx = dy / (2 y) */
export const sqrt: OpDef<'Sqrt'> = {
  infer: inferUnaryFloat,
  grad: [({ b, y, dy }) => b.op('Div', [b.op('Mul', [dy, b.scalar(dy.dtype, 0.5)]), y[0]!])],
  emit: emitPlain('Sqrt'),
};

/**
 * dx = dy * (y > 0). HardSigmoid with a steep slope is that mask in one vectorised pass, several times faster than Sign
 * or Greater with Cast, and keeps NaN; it exists for float32 only.
 */
export const relu: OpDef<'Relu'> = {
  infer: inferUnaryFloat,
  grad: [
    ({ b, y, dy }) => {
      const active =
        dy.dtype === 'float32'
          ? b.op('HardSigmoid', [y[0]!], { alpha: 1e30, beta: 0 })
          : b.op('Cast', [b.op('Greater', [y[0]!, b.scalar(dy.dtype, 0)])], { to: dy.dtype });
      return b.op('Mul', [dy, active]);
    },
  ],
  emit: emitPlain('Relu'),
};

/** dx = dy * (y - y^2) */
export const sigmoid: OpDef<'Sigmoid'> = {
  infer: inferUnaryFloat,
  grad: [({ b, y, dy }) => b.op('Mul', [dy, b.op('Sub', [y[0]!, b.op('Mul', [y[0]!, y[0]!])])])],
  emit: emitPlain('Sigmoid'),
};

/** dx = dy - dy * y^2 */
export const tanh: OpDef<'Tanh'> = {
  infer: inferUnaryFloat,
  grad: [({ b, y, dy }) => b.op('Sub', [dy, b.op('Mul', [dy, b.op('Mul', [y[0]!, y[0]!])])])],
  emit: emitPlain('Tanh'),
};

/** max(0, min(1, alpha x + beta)); here only as a mask, so it has no gradient. */
export const hardSigmoid: OpDef<'HardSigmoid'> = {
  infer: (inputs) => {
    expectInputs(inputs, 1);
    return [inputOf(inputs, 0, ['float32'])];
  },
  grad: NOT_DIFFERENTIABLE,
  emit: (node) => ({
    opType: 'HardSigmoid',
    inputs: node.inputs,
    attributes: { alpha: floatAttribute(node.attrs.alpha), beta: floatAttribute(node.attrs.beta) },
  }),
};

export const add: OpDef<'Add'> = {
  infer: inferArithmetic,
  grad: [({ dy }) => dy, ({ dy }) => dy],
  emit: emitPlain('Add'),
};

export const sub: OpDef<'Sub'> = {
  infer: inferArithmetic,
  grad: [({ dy }) => dy, ({ b, dy }) => b.op('Neg', [dy])],
  emit: emitPlain('Sub'),
};

/** da = dy * c, dc = dy * a */
export const mul: OpDef<'Mul'> = {
  infer: inferArithmetic,
  grad: [({ b, x, dy }) => b.op('Mul', [dy, x[1]!]), ({ b, x, dy }) => b.op('Mul', [dy, x[0]!])],
  emit: emitPlain('Mul'),
};

/** da = dy / c, dc = -dy * y / c */
export const div: OpDef<'Div'> = {
  infer: inferArithmetic,
  grad: [
    ({ b, x, dy }) => b.op('Div', [dy, x[1]!]),
    ({ b, x, y, dy }) => b.op('Neg', [b.op('Div', [b.op('Mul', [dy, y[0]!]), x[1]!])]),
  ],
  emit: emitPlain('Div'),
};

export const min: OpDef<'Min'> = {
  infer: inferArithmetic,
  grad: NOT_DIFFERENTIABLE,
  emit: emitPlain('Min'),
};

export const max: OpDef<'Max'> = {
  infer: inferArithmetic,
  grad: NOT_DIFFERENTIABLE,
  emit: emitPlain('Max'),
};
