/** What a small training step compiles to, line by line: a change of the passes shows here first. */
import { describe, expect, it } from 'vitest';
import { compileTrainStep } from '../../agent/engine/compile/train-step.ts';
import { printGraph } from '../../agent/engine/ir/print.ts';
import { PLAIN_SGD, smallStructure } from './problems.ts';

const LAYERS = [
  { type: 'dense', units: 5, activation: 'relu' },
  { type: 'dense', units: 4 },
] as const;

describe('a printed training step', () => {
  it('with momentum: the buffer swallows the weight gradient, and pixels are never scaled', () => {
    const optimizer = { ...PLAIN_SGD, momentum: 0.9 };
    const structure = smallStructure({
      layers: LAYERS,
      optimizer,
      inputType: 'uint8',
      preprocessing: { shift: 0, scale: 0.5 },
    });
    expect(printGraph(compileTrainStep(structure, 3, 2).graph)).toMatchInlineSnapshot(`
      "train(trips: i64[], data: u8[rows,6], labels: i32[rows], order: i32[trips,2,3], moving/gain: f32[trips,2], moving/drop: f32[trips,2], carry: f32[trips], 0.weight: f32[5,6], 0.bias: f32[5,1], 1.weight: f32[4,5], 1.bias: f32[1,4], 0.weight/scaled_momentum_buffer: f32[5,6], 0.bias/scaled_momentum_buffer: f32[5,1], 1.weight/scaled_momentum_buffer: f32[4,5], 1.bias/scaled_momentum_buffer: f32[1,4])
        t8: f32[4,4] = constant of 16
        t29: f32[] = [0.3333333432674408]
        t36: f32[1,3] = [1,1,1]
        t41: f32[3,1] = [1,1,1]
        t67: f32[1,3] = [1,1,1]
        t72: f32[3,1] = [1,1,1]
        t100: f32[] = [3.0000000054977558e+38]
        t102: bool[] = [1]
        t116: f32[] = [0]
        next/0.weight: f32[5,6], next/0.bias: f32[5,1], next/1.weight: f32[4,5], next/1.bias: f32[1,4], next/0.weight/scaled_momentum_buffer: f32[5,6], next/0.bias/scaled_momentum_buffer: f32[5,1], next/1.weight/scaled_momentum_buffer: f32[4,5], next/1.bias/scaled_momentum_buffer: f32[1,4], losses: f32[trips,2] = Loop(trips, t102, 0.weight, 0.bias, 1.weight, 1.bias, 0.weight/scaled_momentum_buffer, 0.bias/scaled_momentum_buffer, 1.weight/scaled_momentum_buffer, 1.bias/scaled_momentum_buffer) {carried=8 steps=trips}
        trip(trip: i64[], going: bool[], trip/0.weight: f32[5,6], trip/0.bias: f32[5,1], trip/1.weight: f32[4,5], trip/1.bias: f32[1,4], trip/0.weight/scaled_momentum_buffer: f32[5,6], trip/0.bias/scaled_momentum_buffer: f32[5,1], trip/1.weight/scaled_momentum_buffer: f32[4,5], trip/1.bias/scaled_momentum_buffer: f32[1,4])
          t0: f32[] = Gather(carry, trip) {axis=0}
          t1: f32[5,6] = Mul(trip/0.weight/scaled_momentum_buffer, t0)
          t2: f32[5,1] = Mul(trip/0.bias/scaled_momentum_buffer, t0)
          t3: f32[4,5] = Mul(trip/1.weight/scaled_momentum_buffer, t0)
          t4: f32[1,4] = Mul(trip/1.bias/scaled_momentum_buffer, t0)
          t5: i32[2,3] = Gather(order, trip) {axis=0}
          t6: i32[6] = Reshape(t5) {shape=[6]}
          t7: i32[6] = Gather(labels, t6) {axis=0}
          t9: f32[6,4] = Gather(t8, t7) {axis=0}
          t10: i32[3], t11: i32[3] = Split(t6) {axis=0 sizes=[3,3]}
          t12: f32[3,4], t13: f32[3,4] = Split(t9) {axis=0 sizes=[3,3]}
          t14: f32[2] = Gather(moving/gain, trip) {axis=0}
          t15: f32[2,1] = Reshape(t14) {shape=[2,1]}
          t16: f32[1,1], t17: f32[1,1] = Split(t15) {axis=0 sizes=[1,1]}
          t18: f32[2] = Gather(moving/drop, trip) {axis=0}
          t19: f32[2,1] = Reshape(t18) {shape=[2,1]}
          t20: f32[1,1], t21: f32[1,1] = Split(t19) {axis=0 sizes=[1,1]}
          t22: u8[3,6] = Gather(data, t10) {axis=0}
          t23: f32[3,6] = Cast(t22) {to=float32}
          t26: f32[5,3] = Gemm(trip/0.weight, t23, trip/0.bias) {transA=false transB=true alpha=0.5 beta=1}
          t27: f32[5,3] = Relu(t26)
          t28: f32[3,4] = Gemm(t27, trip/1.weight, trip/1.bias) {transA=true transB=true alpha=1 beta=1}
          t30: f32[1,1] = Mul(t16, t29)
          t31: f32[3,4] = Softmax(t28) {axis=1}
          t32: f32[3,4] = Sub(t31, t12)
          t33: f32[3,4] = Mul(t32, t30)
          t34: f32[5,3] = Gemm(trip/1.weight, t33) {transA=true transB=true alpha=1 beta=1}
          t38: f32[5,3] = HardSigmoid(t27) {alpha=1e+30 beta=0}
          t39: f32[5,3] = Mul(t34, t38)
          t43: f32[5,6] = Gemm(t39, t23, t1) {transA=false transB=false alpha=0.5 beta=1}
          t44: f32[5,6] = Mul(t43, t20)
          t45: f32[5,6] = Add(trip/0.weight, t44)
          t46: f32[5,1] = Gemm(t39, t41, t2) {transA=false transB=false alpha=1 beta=1}
          t48: f32[5,1] = Gemm(t46, t20, trip/0.bias) {transA=false transB=false alpha=1 beta=1}
          t49: f32[4,5] = Gemm(t33, t27, t3) {transA=true transB=true alpha=1 beta=1}
          t50: f32[4,5] = Mul(t49, t20)
          t51: f32[4,5] = Add(trip/1.weight, t50)
          t52: f32[1,4] = Gemm(t36, t33, t4) {transA=false transB=false alpha=1 beta=1}
          t54: f32[1,4] = Gemm(t20, t52, trip/1.bias) {transA=false transB=false alpha=1 beta=1}
          t55: u8[3,6] = Gather(data, t11) {axis=0}
          t56: f32[3,6] = Cast(t55) {to=float32}
          t58: f32[5,3] = Gemm(t45, t56, t48) {transA=false transB=true alpha=0.5 beta=1}
          t59: f32[5,3] = Relu(t58)
          t60: f32[3,4] = Gemm(t59, t51, t54) {transA=true transB=true alpha=1 beta=1}
          t61: f32[1,1] = Mul(t17, t29)
          t62: f32[3,4] = Softmax(t60) {axis=1}
          t63: f32[3,4] = Sub(t62, t13)
          t64: f32[3,4] = Mul(t63, t61)
          t65: f32[5,3] = Gemm(t51, t64) {transA=true transB=true alpha=1 beta=1}
          t69: f32[5,3] = HardSigmoid(t59) {alpha=1e+30 beta=0}
          t70: f32[5,3] = Mul(t65, t69)
          after/0.weight/scaled_momentum_buffer: f32[5,6] = Gemm(t70, t56, t43) {transA=false transB=false alpha=0.5 beta=1}
          t75: f32[5,6] = Mul(after/0.weight/scaled_momentum_buffer, t21)
          after/0.weight: f32[5,6] = Add(t45, t75)
          after/0.bias/scaled_momentum_buffer: f32[5,1] = Gemm(t70, t72, t46) {transA=false transB=false alpha=1 beta=1}
          after/0.bias: f32[5,1] = Gemm(after/0.bias/scaled_momentum_buffer, t21, t48) {transA=false transB=false alpha=1 beta=1}
          after/1.weight/scaled_momentum_buffer: f32[4,5] = Gemm(t64, t59, t49) {transA=true transB=true alpha=1 beta=1}
          t81: f32[4,5] = Mul(after/1.weight/scaled_momentum_buffer, t21)
          after/1.weight: f32[4,5] = Add(t51, t81)
          after/1.bias/scaled_momentum_buffer: f32[1,4] = Gemm(t67, t64, t52) {transA=false transB=false alpha=1 beta=1}
          after/1.bias: f32[1,4] = Gemm(t21, after/1.bias/scaled_momentum_buffer, t54) {transA=false transB=false alpha=1 beta=1}
          t86: f32[3,4] = LogSoftmax(t28) {axis=1}
          t87: f32[3,4] = Mul(t12, t86)
          t88: f32[3] = ReduceSum(t87) {axes=[1] keepDims=false}
          t89: f32[3] = Neg(t88)
          t90: f32[1,3] = Reshape(t89) {shape=[1,3]}
          t91: f32[1] = ReduceMean(t90) {axes=[1] keepDims=false}
          t92: f32[3,4] = LogSoftmax(t60) {axis=1}
          t93: f32[3,4] = Mul(t13, t92)
          t94: f32[3] = ReduceSum(t93) {axes=[1] keepDims=false}
          t95: f32[3] = Neg(t94)
          t96: f32[1,3] = Reshape(t95) {shape=[1,3]}
          t97: f32[1] = ReduceMean(t96) {axes=[1] keepDims=false}
          loss: f32[2] = Concat(t91, t97) {axis=0}
          t99: f32[] = ReduceSum(loss) {axes=[0] keepDims=false}
          going on: bool[] = Less(t99, t100)
          -> going on, after/0.weight, after/0.bias, after/1.weight, after/1.bias, after/0.weight/scaled_momentum_buffer, after/0.bias/scaled_momentum_buffer, after/1.weight/scaled_momentum_buffer, after/1.bias/scaled_momentum_buffer, loss
        t112: f32[] = ReduceSumSquare(next/0.weight) {axes=[0,1] keepDims=false}
        t113: f32[] = ReduceSumSquare(next/0.bias) {axes=[0,1] keepDims=false}
        t114: f32[] = ReduceSumSquare(next/1.weight) {axes=[0,1] keepDims=false}
        t115: f32[] = ReduceSumSquare(next/1.bias) {axes=[0,1] keepDims=false}
        t117: f32[] = Add(t116, t112)
        t118: f32[] = Add(t117, t113)
        t119: f32[] = Add(t118, t114)
        norm: f32[] = Add(t119, t115)
        -> next/0.weight, next/0.bias, next/1.weight, next/1.bias, next/0.weight/scaled_momentum_buffer, next/0.bias/scaled_momentum_buffer, next/1.weight/scaled_momentum_buffer, next/1.bias/scaled_momentum_buffer, losses, norm"
    `);
  });

  it('plain: one product a weight', () => {
    expect(printGraph(compileTrainStep(smallStructure({ layers: LAYERS }), 3, 1).graph)).toMatchInlineSnapshot(`
      "train(trips: i64[], data: f32[rows,6], labels: i32[rows], order: i32[trips,1,3], hyper/negative_lr: f32[], 0.weight: f32[5,6], 0.bias: f32[5,1], 1.weight: f32[4,5], 1.bias: f32[1,4])
        t3: f32[4,4] = constant of 16
        t10: f32[] = [0.3333333432674408]
        t17: f32[1,3] = [1,1,1]
        t22: f32[3,1] = [1,1,1]
        t36: f32[] = [3.0000000054977558e+38]
        t38: bool[] = [1]
        t48: f32[] = [0]
        t9: f32[1,1] = Reshape(hyper/negative_lr) {shape=[1,1]}
        t11: f32[1,1] = Mul(t9, t10)
        next/0.weight: f32[5,6], next/0.bias: f32[5,1], next/1.weight: f32[4,5], next/1.bias: f32[1,4], losses: f32[trips,1] = Loop(trips, t38, 0.weight, 0.bias, 1.weight, 1.bias) {carried=4 steps=trips}
        trip(trip: i64[], going: bool[], trip/0.weight: f32[5,6], trip/0.bias: f32[5,1], trip/1.weight: f32[4,5], trip/1.bias: f32[1,4])
          t0: i32[1,3] = Gather(order, trip) {axis=0}
          t1: i32[3] = Reshape(t0) {shape=[3]}
          t2: i32[3] = Gather(labels, t1) {axis=0}
          t4: f32[3,4] = Gather(t3, t2) {axis=0}
          t5: f32[3,6] = Gather(data, t1) {axis=0}
          t6: f32[5,3] = Gemm(trip/0.weight, t5, trip/0.bias) {transA=false transB=true alpha=1 beta=1}
          t7: f32[5,3] = Relu(t6)
          t8: f32[3,4] = Gemm(t7, trip/1.weight, trip/1.bias) {transA=true transB=true alpha=1 beta=1}
          t12: f32[3,4] = Softmax(t8) {axis=1}
          t13: f32[3,4] = Sub(t12, t4)
          t14: f32[3,4] = Mul(t13, t11)
          t15: f32[5,3] = Gemm(trip/1.weight, t14) {transA=true transB=true alpha=1 beta=1}
          t19: f32[5,3] = HardSigmoid(t7) {alpha=1e+30 beta=0}
          t20: f32[5,3] = Mul(t15, t19)
          after/0.weight: f32[5,6] = Gemm(t20, t5, trip/0.weight) {transA=false transB=false alpha=1 beta=1}
          after/0.bias: f32[5,1] = Gemm(t20, t22, trip/0.bias) {transA=false transB=false alpha=1 beta=1}
          after/1.weight: f32[4,5] = Gemm(t14, t7, trip/1.weight) {transA=true transB=true alpha=1 beta=1}
          after/1.bias: f32[1,4] = Gemm(t17, t14, trip/1.bias) {transA=false transB=false alpha=1 beta=1}
          t28: f32[3,4] = Concat(t8) {axis=0}
          t29: f32[3,4] = LogSoftmax(t28) {axis=1}
          t30: f32[3,4] = Mul(t4, t29)
          t31: f32[3] = ReduceSum(t30) {axes=[1] keepDims=false}
          t32: f32[3] = Neg(t31)
          t33: f32[1,3] = Reshape(t32) {shape=[1,3]}
          loss: f32[1] = ReduceMean(t33) {axes=[1] keepDims=false}
          t35: f32[] = ReduceSum(loss) {axes=[0] keepDims=false}
          going on: bool[] = Less(t35, t36)
          -> going on, after/0.weight, after/0.bias, after/1.weight, after/1.bias, loss
        t44: f32[] = ReduceSumSquare(next/0.weight) {axes=[0,1] keepDims=false}
        t45: f32[] = ReduceSumSquare(next/0.bias) {axes=[0,1] keepDims=false}
        t46: f32[] = ReduceSumSquare(next/1.weight) {axes=[0,1] keepDims=false}
        t47: f32[] = ReduceSumSquare(next/1.bias) {axes=[0,1] keepDims=false}
        t49: f32[] = Add(t48, t44)
        t50: f32[] = Add(t49, t45)
        t51: f32[] = Add(t50, t46)
        norm: f32[] = Add(t51, t47)
        -> next/0.weight, next/0.bias, next/1.weight, next/1.bias, losses, norm"
    `);
  });
});
