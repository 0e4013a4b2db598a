/** Activations that are one op of ONNX each. */
import { type GraphBuilder, NOT_DIFFERENTIABLE, type OpDef } from '../ir/op.ts';
import type { TensorType, Value } from '../ir/types.ts';
import { emitPlain, floatAttribute } from './emission.ts';
import { expectInputs, inferUnaryFloat, inputOf } from './shape-rules.ts';

function inferFloat32(inputs: readonly TensorType[]): readonly TensorType[] {
  expectInputs(inputs, 1);
  return [inputOf(inputs, 0, ['float32'])];
}

/**
 * 1 where x > 0, else 0. HardSigmoid with a steep slope is that mask in one vectorised pass, several times faster than
 * Sign or Greater with Cast, and keeps NaN; it exists for float32 only.
 */
export function positiveMask(b: GraphBuilder, x: Value): Value {
  if (x.dtype === 'float32') return b.op('HardSigmoid', [x], { alpha: 1e30, beta: 0 });
  return b.op('Cast', [b.op('Greater', [x, b.scalar(x.dtype, 0)])], { to: x.dtype });
}

/** dx = dy * (y > 0) */
export const relu: OpDef<'Relu'> = {
  infer: inferUnaryFloat,
  grad: [({ b, y, dy }) => b.op('Mul', [dy, positiveMask(b, y[0]!)])],
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
  infer: inferFloat32,
  grad: NOT_DIFFERENTIABLE,
  emit: (node) => ({
    opType: 'HardSigmoid',
    inputs: node.inputs,
    attributes: { alpha: floatAttribute(node.attrs.alpha), beta: floatAttribute(node.attrs.beta) },
  }),
};

/** Max(x, alpha x); training uses the composition `nn/activations.ts` has for it. */
export const leakyRelu: OpDef<'LeakyRelu'> = {
  infer: inferFloat32,
  grad: NOT_DIFFERENTIABLE,
  emit: (node) => ({
    opType: 'LeakyRelu',
    inputs: node.inputs,
    attributes: { alpha: floatAttribute(node.attrs.alpha) },
  }),
};

/** x, or alpha (exp(x) - 1) below zero; for exported models: onnxruntime takes three times as long as for its parts. */
export const elu: OpDef<'Elu'> = {
  infer: inferFloat32,
  grad: NOT_DIFFERENTIABLE,
  emit: (node) => ({ opType: 'Elu', inputs: node.inputs, attributes: { alpha: floatAttribute(node.attrs.alpha) } }),
};

/** log(1 + exp(x)); for exported models: onnxruntime takes five times as long as for its parts. */
export const softplus: OpDef<'Softplus'> = {
  infer: inferFloat32,
  grad: NOT_DIFFERENTIABLE,
  emit: emitPlain('Softplus'),
};

/** The error function, inside the composition of GELU, which has a gradient of its own. */
export const erf: OpDef<'Erf'> = { infer: inferFloat32, grad: NOT_DIFFERENTIABLE, emit: emitPlain('Erf') };
