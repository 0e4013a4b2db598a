/** Over axes: sums, extremes, softmax, losses, random numbers. */
import { f32, fed, int64s, type ProbeRow, row } from './row.ts';

const AXES_AS_INPUT = [
  'ReduceSum',
  'ReduceMean',
  'ReduceMax',
  'ReduceMin',
  'ReduceProd',
  'ReduceL1',
  'ReduceL2',
  'ReduceSumSquare',
  'ReduceLogSum',
  'ReduceLogSumExp',
] as const;

const reductions: readonly ProbeRow[] = [
  ...AXES_AS_INPUT.map((op) => row(op, '', [f32(4, 6), int64s(1)])),
  row('ReduceSum', 'outer axis', [f32(4, 6), int64s(0)]),
  row('ReduceSum', 'int32', [fed('int32', [4, 6]), int64s(1)], { outputs: ['int32'] }),
  row('ReduceSum', 'float64', [fed('float64', [4, 6]), int64s(1)], { outputs: ['float64'] }),
  row('ArgMax', '', [f32(4, 6)], { attributes: { axis: 1 }, outputs: ['int64'] }),
  row('ArgMin', '', [f32(4, 6)], { attributes: { axis: 1 }, outputs: ['int64'] }),
  row('TopK', '', [f32(4, 6), int64s(2)], { outputs: ['float32', 'int64'] }),
  row('CumSum', '', [f32(4, 6), { dtype: 'int64', shape: [], fixed: [1] }]),
  row('Softmax', '', [f32(4, 6)]),
  row('LogSoftmax', '', [f32(4, 6)]),
  row('SoftmaxCrossEntropyLoss', '', [f32(4, 6), fed('int64', [4], [0, 5, 2, 3])]),
  row('NegativeLogLikelihoodLoss', '', [f32(4, 6), fed('int64', [4], [0, 5, 2, 3])]),
];

const random: readonly ProbeRow[] = [
  row('RandomUniform', '', [], { attributes: { shape: [4, 6] }, random: true }),
  row('RandomUniformLike', '', [f32(4, 6)], { random: true }),
  row('RandomNormal', '', [], { attributes: { shape: [4, 6] }, random: true }),
  row('Bernoulli', '', [f32(4, 6)], { random: true }),
  row('Multinomial', '', [f32(4, 6)], { attributes: { sample_size: 2 }, outputs: ['int32'], random: true }),
];

export const sumRows: readonly ProbeRow[] = [...reductions, ...random];
