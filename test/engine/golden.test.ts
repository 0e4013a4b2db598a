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
  it('with momentum: the velocity swallows the weight gradient, and pixels are never scaled', () => {
    const optimizer = { ...PLAIN_SGD, momentum: 0.9 };
    const structure = smallStructure({
      layers: LAYERS,
      optimizer,
      inputType: 'uint8',
      preprocessing: { shift: 0, scale: 0.5 },
    });
    expect(printGraph(compileTrainStep(structure, 3, 2).graph)).toMatchInlineSnapshot(`
      "train(trips: i64[], data: u8[rows,6], labels: i32[rows], order: i32[trips,2,3], hyper/lr: f32[], hyper/momentum: f32[], 0.weight: f32[5,6], 0.bias: f32[5,1], 1.weight: f32[4,5], 1.bias: f32[1,4], 0.weight/velocity: f32[5,6], 0.bias/velocity: f32[5,1], 1.weight/velocity: f32[4,5], 1.bias/velocity: f32[1,4])
        t2: f32[4,4] = constant of 16
        t4: i32[] = [0]
        t15: f32[] = [0.3333333432674408]
        t22: f32[1,3] = [1,1,1]
        t27: f32[3,1] = [1,1,1]
        t41: i32[] = [1]
        t57: f32[1,3] = [1,1,1]
        t62: f32[3,1] = [1,1,1]
        t85: f32[] = [3.0000000054977558e+38]
        t87: bool[] = [1]
        t101: f32[] = [0]
        t14: f32[] = Neg(hyper/lr)
        t16: f32[] = Mul(t14, t15)
        next/0.weight: f32[5,6], next/0.bias: f32[5,1], next/1.weight: f32[4,5], next/1.bias: f32[1,4], next/0.weight/velocity: f32[5,6], next/0.bias/velocity: f32[5,1], next/1.weight/velocity: f32[4,5], next/1.bias/velocity: f32[1,4], losses: f32[trips,2] = Loop(trips, t87, 0.weight, 0.bias, 1.weight, 1.bias, 0.weight/velocity, 0.bias/velocity, 1.weight/velocity, 1.bias/velocity) {carried=8 steps=trips}
        trip(trip: i64[], going: bool[], trip/0.weight: f32[5,6], trip/0.bias: f32[5,1], trip/1.weight: f32[4,5], trip/1.bias: f32[1,4], trip/0.weight/velocity: f32[5,6], trip/0.bias/velocity: f32[5,1], trip/1.weight/velocity: f32[4,5], trip/1.bias/velocity: f32[1,4])
          t0: i32[2,3] = Gather(order, trip) {axis=0}
          t1: i32[2,3] = Gather(labels, t0) {axis=0}
          t3: f32[2,3,4] = Gather(t2, t1) {axis=0}
          t5: i32[3] = Gather(t0, t4) {axis=0}
          t6: f32[3,4] = Gather(t3, t4) {axis=0}
          t7: u8[3,6] = Gather(data, t5) {axis=0}
          t8: f32[3,6] = Cast(t7) {to=float32}
          t11: f32[5,3] = Gemm(trip/0.weight, t8, trip/0.bias) {transA=false transB=true alpha=0.5 beta=1}
          t12: f32[5,3] = Relu(t11)
          t13: f32[3,4] = Gemm(t12, trip/1.weight, trip/1.bias) {transA=true transB=true alpha=1 beta=1}
          t17: f32[3,4] = Softmax(t13) {axis=1}
          t18: f32[3,4] = Sub(t17, t6)
          t19: f32[3,4] = Mul(t18, t16)
          t20: f32[5,3] = Gemm(trip/1.weight, t19) {transA=true transB=true alpha=1 beta=1}
          t24: f32[5,3] = HardSigmoid(t12) {alpha=1e+30 beta=0}
          t25: f32[5,3] = Mul(t20, t24)
          t29: f32[5,6] = Mul(trip/0.weight/velocity, hyper/momentum)
          t30: f32[5,6] = Gemm(t25, t8, t29) {transA=false transB=false alpha=0.5 beta=1}
          t31: f32[5,6] = Add(trip/0.weight, t30)
          t32: f32[5,1] = Mul(trip/0.bias/velocity, hyper/momentum)
          t33: f32[5,1] = Gemm(t25, t27, t32) {transA=false transB=false alpha=1 beta=1}
          t34: f32[5,1] = Add(trip/0.bias, t33)
          t35: f32[4,5] = Mul(trip/1.weight/velocity, hyper/momentum)
          t36: f32[4,5] = Gemm(t19, t12, t35) {transA=true transB=true alpha=1 beta=1}
          t37: f32[4,5] = Add(trip/1.weight, t36)
          t38: f32[1,4] = Mul(trip/1.bias/velocity, hyper/momentum)
          t39: f32[1,4] = Gemm(t22, t19, t38) {transA=false transB=false alpha=1 beta=1}
          t40: f32[1,4] = Add(trip/1.bias, t39)
          t42: i32[3] = Gather(t0, t41) {axis=0}
          t43: f32[3,4] = Gather(t3, t41) {axis=0}
          t44: u8[3,6] = Gather(data, t42) {axis=0}
          t45: f32[3,6] = Cast(t44) {to=float32}
          t47: f32[5,3] = Gemm(t31, t45, t34) {transA=false transB=true alpha=0.5 beta=1}
          t48: f32[5,3] = Relu(t47)
          t49: f32[3,4] = Gemm(t48, t37, t40) {transA=true transB=true alpha=1 beta=1}
          t52: f32[3,4] = Softmax(t49) {axis=1}
          t53: f32[3,4] = Sub(t52, t43)
          t54: f32[3,4] = Mul(t53, t16)
          t55: f32[5,3] = Gemm(t37, t54) {transA=true transB=true alpha=1 beta=1}
          t59: f32[5,3] = HardSigmoid(t48) {alpha=1e+30 beta=0}
          t60: f32[5,3] = Mul(t55, t59)
          t64: f32[5,6] = Mul(t30, hyper/momentum)
          after/0.weight/velocity: f32[5,6] = Gemm(t60, t45, t64) {transA=false transB=false alpha=0.5 beta=1}
          after/0.weight: f32[5,6] = Add(t31, after/0.weight/velocity)
          t67: f32[5,1] = Mul(t33, hyper/momentum)
          after/0.bias/velocity: f32[5,1] = Gemm(t60, t62, t67) {transA=false transB=false alpha=1 beta=1}
          after/0.bias: f32[5,1] = Add(t34, after/0.bias/velocity)
          t70: f32[4,5] = Mul(t36, hyper/momentum)
          after/1.weight/velocity: f32[4,5] = Gemm(t54, t48, t70) {transA=true transB=true alpha=1 beta=1}
          after/1.weight: f32[4,5] = Add(t37, after/1.weight/velocity)
          t73: f32[1,4] = Mul(t39, hyper/momentum)
          after/1.bias/velocity: f32[1,4] = Gemm(t57, t54, t73) {transA=false transB=false alpha=1 beta=1}
          after/1.bias: f32[1,4] = Add(t40, after/1.bias/velocity)
          t76: f32[6,4] = Reshape(t3) {shape=[6,4]}
          t77: f32[6,4] = Concat(t13, t49) {axis=0}
          t78: f32[6,4] = LogSoftmax(t77) {axis=1}
          t79: f32[6,4] = Mul(t76, t78)
          t80: f32[6] = ReduceSum(t79) {axes=[1] keepDims=false}
          t81: f32[6] = Neg(t80)
          t82: f32[2,3] = Reshape(t81) {shape=[2,3]}
          loss: f32[2] = ReduceMean(t82) {axes=[1] keepDims=false}
          t84: f32[] = ReduceSum(loss) {axes=[0] keepDims=false}
          going on: bool[] = Less(t84, t85)
          -> going on, after/0.weight, after/0.bias, after/1.weight, after/1.bias, after/0.weight/velocity, after/0.bias/velocity, after/1.weight/velocity, after/1.bias/velocity, loss
        t97: f32[] = ReduceSumSquare(next/0.weight) {axes=[0,1] keepDims=false}
        t98: f32[] = ReduceSumSquare(next/0.bias) {axes=[0,1] keepDims=false}
        t99: f32[] = ReduceSumSquare(next/1.weight) {axes=[0,1] keepDims=false}
        t100: f32[] = ReduceSumSquare(next/1.bias) {axes=[0,1] keepDims=false}
        t102: f32[] = Add(t101, t97)
        t103: f32[] = Add(t102, t98)
        t104: f32[] = Add(t103, t99)
        norm: f32[] = Add(t104, t100)
        -> next/0.weight, next/0.bias, next/1.weight, next/1.bias, next/0.weight/velocity, next/0.bias/velocity, next/1.weight/velocity, next/1.bias/velocity, losses, norm"
    `);
  });

  it('plain: one product a weight', () => {
    expect(printGraph(compileTrainStep(smallStructure({ layers: LAYERS }), 3, 1).graph)).toMatchInlineSnapshot(`
      "train(trips: i64[], data: f32[rows,6], labels: i32[rows], order: i32[trips,1,3], hyper/lr: f32[], 0.weight: f32[5,6], 0.bias: f32[5,1], 1.weight: f32[4,5], 1.bias: f32[1,4])
        t2: f32[4,4] = constant of 16
        t4: i32[] = [0]
        t12: f32[] = [0.3333333432674408]
        t19: f32[1,3] = [1,1,1]
        t24: f32[3,1] = [1,1,1]
        t39: f32[] = [3.0000000054977558e+38]
        t41: bool[] = [1]
        t51: f32[] = [0]
        t11: f32[] = Neg(hyper/lr)
        t13: f32[] = Mul(t11, t12)
        next/0.weight: f32[5,6], next/0.bias: f32[5,1], next/1.weight: f32[4,5], next/1.bias: f32[1,4], losses: f32[trips,1] = Loop(trips, t41, 0.weight, 0.bias, 1.weight, 1.bias) {carried=4 steps=trips}
        trip(trip: i64[], going: bool[], trip/0.weight: f32[5,6], trip/0.bias: f32[5,1], trip/1.weight: f32[4,5], trip/1.bias: f32[1,4])
          t0: i32[1,3] = Gather(order, trip) {axis=0}
          t1: i32[1,3] = Gather(labels, t0) {axis=0}
          t3: f32[1,3,4] = Gather(t2, t1) {axis=0}
          t5: i32[3] = Gather(t0, t4) {axis=0}
          t6: f32[3,4] = Gather(t3, t4) {axis=0}
          t7: f32[3,6] = Gather(data, t5) {axis=0}
          t8: f32[5,3] = Gemm(trip/0.weight, t7, trip/0.bias) {transA=false transB=true alpha=1 beta=1}
          t9: f32[5,3] = Relu(t8)
          t10: f32[3,4] = Gemm(t9, trip/1.weight, trip/1.bias) {transA=true transB=true alpha=1 beta=1}
          t14: f32[3,4] = Softmax(t10) {axis=1}
          t15: f32[3,4] = Sub(t14, t6)
          t16: f32[3,4] = Mul(t15, t13)
          t17: f32[5,3] = Gemm(trip/1.weight, t16) {transA=true transB=true alpha=1 beta=1}
          t21: f32[5,3] = HardSigmoid(t9) {alpha=1e+30 beta=0}
          t22: f32[5,3] = Mul(t17, t21)
          after/0.weight: f32[5,6] = Gemm(t22, t7, trip/0.weight) {transA=false transB=false alpha=1 beta=1}
          after/0.bias: f32[5,1] = Gemm(t22, t24, trip/0.bias) {transA=false transB=false alpha=1 beta=1}
          after/1.weight: f32[4,5] = Gemm(t16, t9, trip/1.weight) {transA=true transB=true alpha=1 beta=1}
          after/1.bias: f32[1,4] = Gemm(t19, t16, trip/1.bias) {transA=false transB=false alpha=1 beta=1}
          t30: f32[3,4] = Reshape(t3) {shape=[3,4]}
          t31: f32[3,4] = Concat(t10) {axis=0}
          t32: f32[3,4] = LogSoftmax(t31) {axis=1}
          t33: f32[3,4] = Mul(t30, t32)
          t34: f32[3] = ReduceSum(t33) {axes=[1] keepDims=false}
          t35: f32[3] = Neg(t34)
          t36: f32[1,3] = Reshape(t35) {shape=[1,3]}
          loss: f32[1] = ReduceMean(t36) {axes=[1] keepDims=false}
          t38: f32[] = ReduceSum(loss) {axes=[0] keepDims=false}
          going on: bool[] = Less(t38, t39)
          -> going on, after/0.weight, after/0.bias, after/1.weight, after/1.bias, loss
        t47: f32[] = ReduceSumSquare(next/0.weight) {axes=[0,1] keepDims=false}
        t48: f32[] = ReduceSumSquare(next/0.bias) {axes=[0,1] keepDims=false}
        t49: f32[] = ReduceSumSquare(next/1.weight) {axes=[0,1] keepDims=false}
        t50: f32[] = ReduceSumSquare(next/1.bias) {axes=[0,1] keepDims=false}
        t52: f32[] = Add(t51, t47)
        t53: f32[] = Add(t52, t48)
        t54: f32[] = Add(t53, t49)
        norm: f32[] = Add(t54, t50)
        -> next/0.weight, next/0.bias, next/1.weight, next/1.bias, losses, norm"
    `);
  });
});
