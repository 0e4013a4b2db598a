/** Element by element: arithmetic, activations, comparisons, words, casts. */
import type { ElementType } from '../one-node.ts';
import { f32, fed, type ProbeRow, row } from './row.ts';

const SHAPE = [4, 6];

const unary = (dtype: ElementType, ops: readonly string[], output: ElementType = dtype): readonly ProbeRow[] =>
  ops.map((op) => row(op, dtype === 'float32' ? '' : dtype, [fed(dtype, SHAPE)], { outputs: [output] }));

const binary = (dtype: ElementType, ops: readonly string[], output: ElementType = dtype): readonly ProbeRow[] =>
  ops.map((op) =>
    row(op, dtype === 'float32' ? '' : dtype, [fed(dtype, SHAPE), fed(dtype, [6])], { outputs: [output] }),
  );

const TYPE_NUMBER: Readonly<Partial<Record<ElementType, number>>> = {
  float32: 1,
  uint8: 2,
  int32: 6,
  int64: 7,
  bool: 9,
  float16: 10,
  float64: 11,
  uint32: 12,
};

const cast = (from: ElementType, to: ElementType): ProbeRow =>
  row('Cast', `${from} to ${to}`, [fed(from, SHAPE)], { attributes: { to: TYPE_NUMBER[to]! }, outputs: [to] });

const CASTS: readonly (readonly [ElementType, ElementType])[] = [
  ['uint8', 'float32'],
  ['bool', 'float32'],
  ['int32', 'float32'],
  ['uint32', 'float32'],
  ['int64', 'float32'],
  ['float32', 'int32'],
  ['float32', 'uint32'],
  ['float32', 'bool'],
  ['float32', 'float16'],
  ['float32', 'float64'],
  ['int32', 'uint32'],
  ['int32', 'int64'],
  ['int64', 'int32'],
];

const shift = row('BitShift', 'uint32', [fed('uint32', SHAPE), fed('uint32', [6])], {
  attributes: { direction: 'RIGHT' },
  outputs: ['uint32'],
});

const steep = row('HardSigmoid', 'alpha 1e20', [f32(...SHAPE)], {
  attributes: { alpha: { float: 1e20 }, beta: { float: 0 } },
});

export const elementwiseRows: readonly ProbeRow[] = [
  ...unary('float32', ['Identity', 'Neg', 'Abs', 'Exp', 'Log', 'Sqrt', 'Reciprocal', 'Erf', 'Sin', 'Floor']),
  ...unary('float32', ['Relu', 'LeakyRelu', 'Elu', 'Selu', 'Softplus', 'Softsign', 'Sigmoid', 'Tanh', 'HardSwish']),
  ...unary('float32', ['Mish', 'Sign', 'Round']),
  row('Gelu', 'com.microsoft', [f32(...SHAPE)], { domain: 'com.microsoft' }),
  steep,
  ...unary('float32', ['IsNaN', 'IsInf'], 'bool'),
  row('Clip', '', [f32(...SHAPE), { dtype: 'float32', shape: [], fixed: [0.25] }]),
  ...binary('float32', ['Add', 'Sub', 'Mul', 'Div', 'Min', 'Max', 'Pow', 'PRelu']),
  row('Mod', 'fmod', [f32(...SHAPE), f32(6)], { attributes: { fmod: 1 } }),
  ...binary('float32', ['Equal', 'Less', 'LessOrEqual', 'Greater', 'GreaterOrEqual'], 'bool'),
  row('Where', '', [fed('bool', SHAPE), f32(...SHAPE), f32(6)]),
  ...binary('int32', ['Add', 'Sub', 'Mul', 'Div', 'Min', 'Max']),
  ...binary('int32', ['Equal', 'Less'], 'bool'),
  ...binary('uint32', ['Add', 'Sub', 'Mul', 'Div', 'BitwiseAnd', 'BitwiseOr', 'BitwiseXor']),
  ...unary('uint32', ['BitwiseNot']),
  shift,
  ...binary('int64', ['Add', 'Sub', 'Mul']),
  ...binary('int64', ['Equal'], 'bool'),
  ...binary('float64', ['Add', 'Mul']),
  ...binary('float16', ['Add', 'Mul']),
  ...binary('bool', ['And', 'Or']),
  ...unary('bool', ['Not']),
  ...CASTS.map(([from, to]) => cast(from, to)),
];
