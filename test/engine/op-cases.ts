/** What every op of the registry is tried on. The table is mapped over the vocabulary: an op without cases does not compile. */
import type { Builder } from '../../agent/engine/ir/graph.ts';
import type { OpAttrs, OpName, SliceAttrs } from '../../agent/engine/ir/op.ts';
import { type DType, tensorType, type Value } from '../../agent/engine/ir/types.ts';
import { mix32 } from '../../shared/kernel/random.ts';
import { erf } from './reference/special-functions.ts';
import {
  element,
  expand,
  gather,
  generate,
  map,
  matmul,
  reduce,
  reshape,
  type Tensor,
  transpose,
  zip,
} from './reference/tensor.ts';
import { WINDOW_CASES } from './window-cases.ts';

/** An input drawn uniformly between two bounds; integers include both. `off` keeps values away from a kink. */
export interface CaseInput {
  readonly shape: readonly number[];
  readonly dtype: DType | 'float';
  readonly low: number;
  readonly high: number;
  readonly off?: number;
}

export interface OpCase {
  readonly inputs: readonly CaseInput[];
  readonly build: (b: Builder, x: readonly Value[]) => readonly Value[];
  readonly reference: (x: readonly Tensor[]) => readonly Tensor[];
  /** The element types in which it is run; float64 is what gradients are checked in. */
  readonly floats?: readonly ('float32' | 'float64')[];
}

const float = (shape: readonly number[], low = -2, high = 2): CaseInput => ({ shape, dtype: 'float', low, high });
const offKink = (shape: readonly number[]): CaseInput => ({ ...float(shape), off: 0.1 });
const ints = (shape: readonly number[], high: number, dtype: DType = 'int32'): CaseInput => ({
  shape,
  dtype,
  low: 0,
  high,
});

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

function sliceCase(attrs: SliceAttrs): OpCase {
  const along = (axis: number): { start: number; step: number; count: number } => {
    const at = attrs.axes.indexOf(axis);
    if (at < 0) return { start: 0, step: 1, count: [2, 4, 5][axis]! };
    const [start, end, step] = [attrs.starts[at]!, attrs.ends[at]!, attrs.steps[at]!];
    return { start, step, count: Math.ceil((end - start) / step) };
  };
  const axes = [0, 1, 2].map(along);
  return {
    // Only steps of 1 are differentiated.
    inputs: [attrs.steps.every((step) => step === 1) ? float([2, 4, 5]) : ints([2, 4, 5], 9, 'float32')],
    build: (b, x) => [b.op('Slice', x, attrs)],
    reference: ([x]) => [
      generate(
        axes.map(({ count }) => count),
        (index) =>
          element(
            x!,
            index.map((i, axis) => axes[axis]!.start + i * axes[axis]!.step),
          ),
      ),
    ],
  };
}

const average = (values: readonly number[]): number => sum(values) / values.length;
const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

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

function softmaxOf(x: Tensor, axis: number): Tensor {
  const shifted = zip([x, reduce(x, [axis], true, (values) => Math.max(...values))], (value, top) =>
    Math.exp(value - top),
  );
  return zip([shifted, reduce(shifted, [axis], true, sum)], (value, total) => value / total);
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
  Reshape: [
    {
      inputs: [float([2, 6])],
      build: (b, x) => [b.op('Reshape', x, { shape: [3, 4] })],
      reference: ([x]) => [reshape(x!, [3, 4])],
    },
  ],
  Transpose: [
    [1, 0, 2],
    [2, 0, 1],
  ].map((perm) => ({
    inputs: [float([2, 3, 4])],
    build: (b, x) => [b.op('Transpose', x, { perm })],
    reference: ([x]) => [transpose(x!, perm)],
  })),
  Expand: [
    {
      inputs: [float([3, 1])],
      build: (b, x) => [b.op('Expand', x, { shape: [2, 3, 4] })],
      reference: ([x]) => [expand(x!, [2, 3, 4])],
    },
  ],
  Concat: [
    {
      inputs: [float([2, 3]), float([1, 3]), float([2, 3])],
      build: (b, x) => [b.op('Concat', x, { axis: 0 })],
      reference: (x) => [reshape({ shape: [15], data: x.flatMap((tensor) => tensor.data) }, [5, 3])],
    },
    {
      inputs: [float([2, 3]), float([2, 2])],
      build: (b, x) => [b.op('Concat', x, { axis: 1 })],
      reference: ([x, y]) => [
        generate([2, 5], ([i, j]) => (j! < 3 ? element(x!, [i!, j!]) : element(y!, [i!, j! - 3]))),
      ],
    },
  ],
  Slice: [
    { axes: [1], starts: [1], ends: [3], steps: [1] },
    { axes: [2, 0], starts: [0, 1], ends: [3, 2], steps: [1, 1] },
    { axes: [1, 2], starts: [0, 1], ends: [4, 5], steps: [2, 3] },
    { axes: [0, 1], starts: [1, 3], ends: [-1, 0], steps: [-1, -2] },
  ].map(sliceCase),
  Pad: [
    {
      inputs: [float([2, 3])],
      build: (b, x) => [b.op('Pad', x, { before: [1, 0], after: [0, 2] })],
      reference: ([x]) => [generate([3, 5], ([i, j]) => (i! >= 1 && j! < 3 ? x!.data[(i! - 1) * 3 + j!]! : 0))],
    },
    {
      inputs: [float([2, 3])],
      build: (b, x) => [b.op('Pad', x, { before: [0, 0], after: [0, 0] })],
      reference: ([x]) => [x!],
    },
  ],
  Split: [
    {
      inputs: [float([2, 5])],
      build: (b, x) => b.outputsOf('Split', x, { axis: 1, sizes: [3, 2] }),
      reference: ([x]) => [
        generate([2, 3], ([i, j]) => x!.data[i! * 5 + j!]!),
        generate([2, 2], ([i, j]) => x!.data[i! * 5 + 3 + j!]!),
      ],
    },
  ],
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
  Gather: [0, 1].map((axis) => ({
    inputs: [float([4, 3]), ints([2, 2], 2)],
    build: (b, x) => [b.op('Gather', x, { axis })],
    reference: ([x, at]) => [gather(x!, at!, axis)],
  })),
  ScatterND: [
    {
      inputs: [float([4, 3]), ints([5, 1], 3, 'int64'), float([5, 3])],
      build: (b, x) => [b.op('ScatterND', x, { reduction: 'add' })],
      reference: ([data, at, updates]) => [
        generate([4, 3], ([row, column]) =>
          sum([
            data!.data[row! * 3 + column!]!,
            ...at!.data.flatMap((target, i) => (target === row ? [updates!.data[i * 3 + column!]!] : [])),
          ]),
        ),
      ],
    },
  ],
  BatchNormalization: [
    {
      inputs: [float([4, 3, 2]), float([3]), float([3]), float([3]), float([3], 0.2, 2)],
      build: (b, x) => [b.op('BatchNormalization', x, { epsilon: 2 ** -7 })],
      reference: ([x, scale, bias, mean, variance]) => [
        generate([4, 3, 2], (index) => {
          const channel = index[1]!;
          const centred = element(x!, index) - mean!.data[channel]!;
          return (
            (centred / Math.sqrt(variance!.data[channel]! + 2 ** -7)) * scale!.data[channel]! + bias!.data[channel]!
          );
        }),
      ],
    },
  ],
  LayerNormalization: [
    {
      inputs: [float([4, 3, 2]), float([3, 2]), float([3, 2])],
      build: (b, x) => [b.op('LayerNormalization', x, { axis: 1, epsilon: 2 ** -7 })],
      reference: ([x, scale, bias]) => {
        const mean = reduce(x!, [1, 2], true, average);
        const centred = zip([x!, mean], (value, m) => value - m);
        const variance = reduce(centred, [1, 2], true, (values) => average(values.map((value) => value * value)));
        return [zip([centred, variance, scale!, bias!], (value, v, s, o) => (value / Math.sqrt(v + 2 ** -7)) * s + o)];
      },
    },
  ],
  Softmax: [0, 1].map((axis) => ({
    inputs: [float([3, 4], -5, 5)],
    build: (b, x) => [b.op('Softmax', x, { axis })],
    reference: ([x]) => [softmaxOf(x!, axis)],
  })),
  LogSoftmax: [0, 1].map((axis) => ({
    inputs: [float([3, 4], -5, 5)],
    build: (b, x) => [b.op('LogSoftmax', x, { axis })],
    reference: ([x]) => [map(softmaxOf(x!, axis), Math.log)],
  })),
  ...WINDOW_CASES,
  Loop: [loopCase],
};
