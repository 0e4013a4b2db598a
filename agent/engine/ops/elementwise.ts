/** Arithmetic, element by element. */
import type { GradContext, GraphBuilder, OpDef, OpName } from '../ir/op.ts';
import type { DType, Value } from '../ir/types.ts';
import { emitPlain } from './emission.ts';
import { expectInputs, inferBinary, inferUnaryFloat, inputOf } from './shape-rules.ts';

const NUMBERS: readonly DType[] = ['float32', 'float64', 'int32', 'int64', 'uint32'];
const inferArithmetic = inferBinary(NUMBERS);

/** -1, 0 or 1; NaN stays NaN. Numbers nearer to zero than 1e-30 count in part. */
export function signOf(b: GraphBuilder, x: Value): Value {
  const steep = b.op('Mul', [x, b.scalar(x.dtype, 1e30)]);
  return b.op('Max', [b.op('Min', [steep, b.scalar(x.dtype, 1)]), b.scalar(x.dtype, -1)]);
}

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

/** dx = -dy y^2 */
export const reciprocal: OpDef<'Reciprocal'> = {
  infer: inferUnaryFloat,
  grad: [({ b, y, dy }) => b.op('Neg', [b.op('Mul', [dy, b.op('Mul', [y[0]!, y[0]!])])])],
  emit: emitPlain('Reciprocal'),
};

/** dx = dy sign(x), and 0 at 0; the sign as a clipped steep line, because Sign is several times slower. */
export const abs: OpDef<'Abs'> = {
  infer: inferUnaryFloat,
  grad: [({ b, x, dy }) => b.op('Mul', [dy, signOf(b, x[0]!)])],
  emit: emitPlain('Abs'),
};

/** dx = dy / (2 y) */
export const sqrt: OpDef<'Sqrt'> = {
  infer: inferUnaryFloat,
  grad: [({ b, y, dy }) => b.op('Div', [b.op('Mul', [dy, b.scalar(dy.dtype, 0.5)]), y[0]!])],
  emit: emitPlain('Sqrt'),
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

type Choice = GradContext<OpName & ('Min' | 'Max')>;

/** dy where the first input was taken, as it is where both are equal, and where the second was. */
function choose({ b, dy }: Choice, firstTaken: Value, of: 'first' | 'second'): Value {
  const zero = b.scalar(dy.dtype, 0);
  return b.op('Where', of === 'first' ? [firstTaken, dy, zero] : [firstTaken, zero, dy]);
}

const firstIsLeast = ({ b, x }: Choice): Value => b.op('GreaterOrEqual', [x[1]!, x[0]!]);
const firstIsLargest = ({ b, x }: Choice): Value => b.op('GreaterOrEqual', [x[0]!, x[1]!]);

/** The smaller of each pair; of equal ones the first has the gradient. */
export const min: OpDef<'Min'> = {
  infer: inferArithmetic,
  grad: [
    (context) => choose(context, firstIsLeast(context), 'first'),
    (context) => choose(context, firstIsLeast(context), 'second'),
  ],
  emit: emitPlain('Min'),
};

/** The larger of each pair; of equal ones the first has the gradient. */
export const max: OpDef<'Max'> = {
  infer: inferArithmetic,
  grad: [
    (context) => choose(context, firstIsLargest(context), 'first'),
    (context) => choose(context, firstIsLargest(context), 'second'),
  ],
  emit: emitPlain('Max'),
};
