/** Every op of the vocabulary, by name. A missing one does not compile. */
import type { Registry } from '../ir/op.ts';
import { elu, erf, hardSigmoid, leakyRelu, relu, sigmoid, softplus, tanh } from './activation.ts';
import { bitShift, bitwiseXor } from './bits.ts';
import { cast, equal, greater, greaterOrEqual, isMissing, less, where } from './compare.ts';
import { conv2d, conv2dBiasGrad, conv2dInputGrad, conv2dWeightGrad } from './conv.ts';
import { abs, add, div, exp, identity, log, max, min, mul, neg, reciprocal, sqrt, sub } from './elementwise.ts';
import { gather, scatterNd } from './gather.ts';
import { loop } from './loop.ts';
import { fusedConv, gemm, matMul } from './matmul.ts';
import { batchNormalization, layerNormalization } from './normalization.ts';
import { avgPool2d, avgPool2dGrad, maxPool2d, maxPool2dGrad } from './pool.ts';
import { argMax, reduceMax, reduceMean, reduceSum, reduceSumSquare } from './reduce.ts';
import { concat, expand, reshape, transpose } from './shape.ts';
import { pad, slice, split } from './slice.ts';
import { logSoftmax, softmax } from './softmax.ts';

export const registry: Registry = {
  Identity: identity,
  Neg: neg,
  Exp: exp,
  Log: log,
  Sqrt: sqrt,
  Abs: abs,
  Reciprocal: reciprocal,
  Erf: erf,
  Relu: relu,
  LeakyRelu: leakyRelu,
  Elu: elu,
  Softplus: softplus,
  Sigmoid: sigmoid,
  Tanh: tanh,
  HardSigmoid: hardSigmoid,
  Add: add,
  Sub: sub,
  Mul: mul,
  Div: div,
  Min: min,
  Max: max,
  Equal: equal,
  Less: less,
  Greater: greater,
  GreaterOrEqual: greaterOrEqual,
  IsNaN: isMissing,
  Where: where,
  Cast: cast,
  BitShift: bitShift,
  BitwiseXor: bitwiseXor,
  ReduceSum: reduceSum,
  ReduceMean: reduceMean,
  ReduceMax: reduceMax,
  ReduceSumSquare: reduceSumSquare,
  ArgMax: argMax,
  Reshape: reshape,
  Transpose: transpose,
  Expand: expand,
  Concat: concat,
  Slice: slice,
  Pad: pad,
  Split: split,
  MatMul: matMul,
  Gemm: gemm,
  FusedConv: fusedConv,
  Conv2d: conv2d,
  Conv2dInputGrad: conv2dInputGrad,
  Conv2dWeightGrad: conv2dWeightGrad,
  Conv2dBiasGrad: conv2dBiasGrad,
  MaxPool2d: maxPool2d,
  MaxPool2dGrad: maxPool2dGrad,
  AvgPool2d: avgPool2d,
  AvgPool2dGrad: avgPool2dGrad,
  Gather: gather,
  ScatterND: scatterNd,
  Softmax: softmax,
  LogSoftmax: logSoftmax,
  BatchNormalization: batchNormalization,
  LayerNormalization: layerNormalization,
  Loop: loop,
};
