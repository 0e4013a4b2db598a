/** Every op of the vocabulary, by name. A missing one does not compile. */
import type { Registry } from '../ir/op.ts';
import { bitShift, bitwiseXor } from './bits.ts';
import { cast, equal, greater, greaterOrEqual, less, where } from './compare.ts';
import {
  add,
  div,
  exp,
  hardSigmoid,
  identity,
  log,
  max,
  min,
  mul,
  neg,
  relu,
  sigmoid,
  sqrt,
  sub,
  tanh,
} from './elementwise.ts';
import { gather } from './gather.ts';
import { loop } from './loop.ts';
import { fusedConv, gemm, matMul } from './matmul.ts';
import { argMax, reduceMax, reduceMean, reduceSum, reduceSumSquare } from './reduce.ts';
import { concat, expand, reshape, transpose } from './shape.ts';
import { logSoftmax, softmax } from './softmax.ts';

export const registry: Registry = {
  Identity: identity,
  Neg: neg,
  Exp: exp,
  Log: log,
  Sqrt: sqrt,
  Relu: relu,
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
  MatMul: matMul,
  Gemm: gemm,
  FusedConv: fusedConv,
  Gather: gather,
  Softmax: softmax,
  LogSoftmax: logSoftmax,
  Loop: loop,
};
