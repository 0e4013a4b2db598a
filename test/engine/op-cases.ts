import type { OpAttrs, OpName } from '../../agent/engine/ir/op.ts';
import { type DType, tensorType, type Value } from '../../agent/engine/ir/types.ts';
import { mix32 } from '../../shared/kernel/random.ts';
import { MOVING_CASES } from './moving-cases.ts';
import { NORMALIZING_CASES } from './normalizing-cases.ts';
import { type CaseInput, float, ints, type OpCase, offKink, sum } from './op-case.ts';
import { erf } from './reference/special-functions.ts';
import { map, matmul, reduce, reshape, type Tensor, transpose, zip } from './reference/tensor.ts';
import { WINDOW_CASES } from './window-cases.ts';

type Unary = 'Identity' | 'Neg' | 'Exp' | 'Log' | 'Sqrt' | 'Abs' | 'Reciprocal' | 'Relu' | 'Sigmoid' | 'Tanh';
type Binary = 'Add' | 'Sub' | 'Mul' | 'Div' | 'Min' | 'Max';
type Comparison = 'Equal' | 'Less' | 'Greater' | 'GreaterOrEqual';
type Reduction = 'ReduceSum' | 'ReduceMean' | 'ReduceMax' | 'ReduceSumSquare';

function unary(op: Unary, input: CaseInput, f: (x: number) => number): readonly OpCase[] {
  return [{ inputs: [input], build: (b, x) => [b.op(op, x)], reference: ([x]) => [map(x!, f)] }];
}

type Float32Op = 'HardSigmoid' | 'LeakyRelu' | 'Elu' | 'Softplus' | 'Erf';

/** Ops that onnxruntime has for float32 alone. */
function inFloat32<N extends Float32Op>(op: N, attrs: OpAttrs[N], f: (x: number) => number): OpCase {
  return {
    inputs: [float([4, 5])],
    build: (b, x) => [(b.op as (op: N, inputs: readonly Value[], attrs: OpAttrs[N]) => Value)(op, x, attrs)],
    reference: ([x]) => [map(x!, f)],
    floats: ['float32'],
  };
}

/** Equal shapes, a stretched axis on either side, a scalar, and a missing leading axis. */
const BROADCASTS: readonly (readonly [readonly number[], readonly number[]])[] = [
  [
    [2, 3],
    [2, 3],
  ],
  [
    [2, 1],
    [1, 3],
  ],
  [[2, 3], []],
  [[3], [4, 2, 3]],
];

function binary(op: Binary, f: (a: number, b: number) => number, low = -2): readonly OpCase[] {
  return BROADCASTS.map(([a, c]) => ({
    inputs: [float(a), float(c, low)],
    build: (b, x) => [b.op(op, x)],
    reference: (x) => [zip(x, f)],
  }));
}

function comparison(op: Comparison, f: (a: number, b: number) => boolean): readonly OpCase[] {
  const dtypes: readonly DType[] = ['int32', 'float32'];
  return dtypes.map((dtype) => ({
    inputs: [ints([4, 5], 3, dtype), ints([5], 3, dtype)],
    build: (b, x) => [b.op(op, x)],
    reference: (x) => [zip(x, (a, c) => Number(f(a, c)))],
  }));
}

function reduction(op: Reduction, f: (values: readonly number[]) => number): readonly OpCase[] {
  const axesOf = [
    { axes: [1], keepDims: true },
    { axes: [0, 2], keepDims: false },
    { axes: [0, 1, 2], keepDims: false },
  ];
  return axesOf.map((attrs) => ({
    inputs: [float([2, 3, 4])],
    build: (b, x) => [b.op(op, x, attrs)],
    reference: ([x]) => [reduce(x!, attrs.axes, attrs.keepDims, f)],
  }));
}

/** Every combination of transposes, without C, and with C of the three shapes that broadcast. */
function gemmCases(): readonly OpCase[] {
  const addends = [null, [3, 4], [3, 1], [4]];
  return [false, true].flatMap((transA) =>
    [false, true].flatMap((transB) =>
      addends.map((c): OpCase => {
        const attrs = { transA, transB, alpha: 0.5, beta: c === null ? 1 : 2 };
        const flip = (x: Tensor, transposed: boolean): Tensor => (transposed ? transpose(x, [1, 0]) : x);
        return {
          inputs: [float(transA ? [2, 3] : [3, 2]), float(transB ? [4, 2] : [2, 4]), ...(c === null ? [] : [float(c)])],
          build: (b, x) => [b.op('Gemm', x, attrs)],
          reference: ([a, b, addend]) => {
            const product = map(matmul(flip(a!, transA), flip(b!, transB)), (value) => attrs.alpha * value);
            return [addend === undefined ? product : zip([product, addend], (p, q) => p + attrs.beta * q)];
          },
        };
      }),
    ),
  );
}

function matmulCase(a: readonly number[], c: readonly number[]): OpCase {
  return {
    inputs: [float(a), float(c)],
    build: (b, x) => [b.op('MatMul', x)],
    reference: ([x, y]) => [matmul(x!, y!)],
  };
}

function castCase(from: CaseInput['dtype'], to: DType, f: (x: number) => number): OpCase {
  return {
    inputs: [{ shape: [3, 2], dtype: from, low: 0, high: 5 }],
    build: (b, x) => [b.op('Cast', x, { to })],
    reference: ([x]) => [map(x!, f)],
  };
}

/** x <- x * 2 + 1 for three iterations, scanning the sum of each; a captured value of the outer graph takes part. */
const loopCase: OpCase = {
  inputs: [float([2, 3]), float([])],
  build: (b, [x, captured]) => {
    const body = b.body('body');
    body.input('iteration', tensorType('int64', []));
    const going = body.input('going', tensorType('bool', []));
    const carried = body.input('carried', x!);
    const doubled = body.op('Add', [body.op('Mul', [carried, body.scalar(x!.dtype, 2)]), captured!]);
    body.output('go on', going);
    body.output('doubled', doubled);
    body.output('total', body.op('ReduceSum', [doubled], { axes: [0, 1], keepDims: false }));
    const trips = b.scalar('int64', 3);
    const start = b.scalar('bool', 1);
    return b.outputsOf('Loop', [trips, start, x!], { body: body.finish(), carried: 1, steps: 'steps' });
  },
  reference: ([x, captured]) => {
    const states: Tensor[] = [x!];
    for (let i = 0; i < 3; i++) states.push(zip([states[i]!, captured!], (value, c) => value * 2 + c));
    return [states[3]!, { shape: [3], data: states.slice(1).map((state) => sum(state.data)) }];
  },
};

/** Words from all over the 32-bit range. */
const words: CaseInput = { shape: [40], dtype: 'uint32', low: 0, high: 2 ** 32 - 1 };

export const OP_CASES: { readonly [N in OpName]: readonly OpCase[] } = {
  Identity: unary('Identity', float([2, 3]), (x) => x),
  Neg: unary('Neg', float([2, 3]), (x) => -x),
  Exp: unary('Exp', float([2, 3]), Math.exp),
  Log: unary('Log', float([2, 3], 0.2, 3), Math.log),
  Sqrt: unary('Sqrt', float([2, 3], 0.2, 3), Math.sqrt),
  Abs: unary('Abs', offKink([4, 5]), Math.abs),
  Reciprocal: unary('Reciprocal', float([2, 3], 0.2, 3), (x) => 1 / x),
  Erf: [inFloat32('Erf', {}, erf)],
  Relu: unary('Relu', offKink([4, 5]), (x) => Math.max(x, 0)),
  Sigmoid: unary('Sigmoid', float([2, 3]), (x) => 1 / (1 + Math.exp(-x))),
  Tanh: unary('Tanh', float([2, 3]), Math.tanh),
  HardSigmoid: [inFloat32('HardSigmoid', { alpha: 0.5, beta: 0.25 }, (x) => Math.max(0, Math.min(1, 0.5 * x + 0.25)))],
  LeakyRelu: [inFloat32('LeakyRelu', { alpha: 0.2 }, (x) => (x > 0 ? x : 0.2 * x))],
  Elu: [inFloat32('Elu', { alpha: 0.7 }, (x) => (x > 0 ? x : 0.7 * Math.expm1(x)))],
  Softplus: [inFloat32('Softplus', {}, (x) => Math.log1p(Math.exp(x)))],
  Add: binary('Add', (a, b) => a + b),
  Sub: binary('Sub', (a, b) => a - b),
  Mul: binary('Mul', (a, b) => a * b),
  Div: binary('Div', (a, b) => a / b, 0.5),
  Min: binary('Min', Math.min),
  Max: binary('Max', Math.max),
  Equal: comparison('Equal', (a, b) => a === b),
  Less: comparison('Less', (a, b) => a < b),
  Greater: comparison('Greater', (a, b) => a > b),
  GreaterOrEqual: comparison('GreaterOrEqual', (a, b) => a >= b),
  IsNaN: [
    {
      // 0 / 0 is NaN.
      inputs: [ints([4, 5], 1, 'float32')],
      build: (b, [x]) => [b.op('IsNaN', [b.op('Div', [x!, x!])])],
      reference: ([x]) => [map(x!, (value) => Number(value === 0))],
    },
  ],
  Where: [
    {
      inputs: [ints([3, 1], 1, 'bool'), float([3, 4]), float([4])],
      build: (b, x) => [b.op('Where', x)],
      reference: (x) => [zip(x, (condition, a, c) => (condition === 0 ? c : a))],
    },
  ],
  Cast: [
    castCase('uint8', 'float32', (x) => x),
    castCase('int64', 'uint32', (x) => x),
    castCase('float32', 'int32', Math.trunc),
    castCase('float32', 'bool', (x) => Number(x !== 0)),
    castCase('float', 'float64', (x) => x),
  ],
  BitShift: [
    {
      inputs: [words],
      build: (b, [x]) => [b.op('BitShift', [x!, b.scalar('uint32', 13)], { direction: 'RIGHT' })],
      reference: ([x]) => [map(x!, (value) => value >>> 13)],
    },
    {
      inputs: [words],
      build: (b, [x]) => [b.op('BitShift', [x!, b.scalar('uint32', 5)], { direction: 'LEFT' })],
      reference: ([x]) => [map(x!, (value) => (value << 5) >>> 0)],
    },
  ],
  BitwiseXor: [
    {
      inputs: [words],
      build: (b, [x]) => [b.op('BitwiseXor', [x!, b.scalar('uint32', mix32(7))])],
      reference: ([x]) => [map(x!, (value) => (value ^ mix32(7)) >>> 0)],
    },
  ],
  ReduceSum: reduction('ReduceSum', sum),
  ReduceMean: reduction('ReduceMean', (values) => sum(values) / values.length),
  ReduceMax: reduction('ReduceMax', (values) => Math.max(...values)),
  ReduceSumSquare: reduction('ReduceSumSquare', (values) => sum(values.map((value) => value * value))),
  ArgMax: [0, 1].map((axis) => ({
    inputs: [float([4, 5])],
    build: (b, x) => [b.op('ArgMax', x, { axis })],
    reference: ([x]) => [reduce(x!, [axis], false, (values) => values.indexOf(Math.max(...values)))],
  })),
  MatMul: [matmulCase([3, 2], [2, 4]), matmulCase([5, 3, 2], [2, 4]), matmulCase([1, 3, 2], [5, 2, 4])],
  Gemm: gemmCases(),
  FusedConv: [
    {
      inputs: [float([1, 3, 5]), float([2, 3, 1]), float([1, 2, 5])],
      build: (b, x) => [b.op('FusedConv', x)],
      reference: ([x, w, z]) => [zip([matmul(reshape(w!, [2, 3]), x!), z!], (product, addend) => product + addend)],
      floats: ['float32'],
    },
  ],
  ...MOVING_CASES,
  ...NORMALIZING_CASES,
  ...WINDOW_CASES,
  Loop: [loopCase],
};
