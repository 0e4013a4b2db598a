/** 32-bit words, for the counter generator behind dropout (`shared/kernel/random.ts`). Opset 18. */
import { NOT_DIFFERENTIABLE, type OpDef } from '../ir/op.ts';
import { emitPlain, stringAttribute } from './emission.ts';
import { inferBinary } from './shape-rules.ts';

export const bitShift: OpDef<'BitShift'> = {
  infer: inferBinary(['uint32']),
  grad: NOT_DIFFERENTIABLE,
  emit: (node) => ({
    opType: 'BitShift',
    inputs: node.inputs,
    attributes: { direction: stringAttribute(node.attrs.direction) },
  }),
};

export const bitwiseXor: OpDef<'BitwiseXor'> = {
  infer: inferBinary(['uint32']),
  grad: NOT_DIFFERENTIABLE,
  emit: emitPlain('BitwiseXor'),
};
