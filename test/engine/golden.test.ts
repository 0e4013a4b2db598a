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
        t3: f32[4,4] = constant of 16
        t17: f32[] = [0.3333333432674408]
        t24: f32[1,3] = [1,1,1]
        t29: f32[3,1] = [1,1,1]
        t56: f32[1,3] = [1,1,1]
        t61: f32[3,1] = [1,1,1]
        t83: f32[] = [3.0000000054977558e+38]
        t85: bool[] = [1]
        t99: f32[] = [0]
        t16: f32[] = Neg(hyper/lr)
        t18: f32[] = Mul(t16, t17)
        next/0.weight: f32[5,6], next/0.bias: f32[5,1], next/1.weight: f32[4,5], next/1.bias: f32[1,4], next/0.weight/velocity: f32[5,6], next/0.bias/velocity: f32[5,1], next/1.weight/velocity: f32[4,5], next/1.bias/velocity: f32[1,4], losses: f32[trips,2] = Loop(trips, t85, 0.weight, 0.bias, 1.weight, 1.bias, 0.weight/velocity, 0.bias/velocity, 1.weight/velocity, 1.bias/velocity) {carried=8 steps=trips}
        trip(trip: i64[], going: bool[], trip/0.weight: f32[5,6], trip/0.bias: f32[5,1], trip/1.weight: f32[4,5], trip/1.bias: f32[1,4], trip/0.weight/velocity: f32[5,6], trip/0.bias/velocity: f32[5,1], trip/1.weight/velocity: f32[4,5], trip/1.bias/velocity: f32[1,4])
          t0: i32[2,3] = Gather(order, trip) {axis=0}
          t1: i32[6] = Reshape(t0) {shape=[6]}
          t2: i32[6] = Gather(labels, t1) {axis=0}
          t4: f32[6,4] = Gather(t3, t2) {axis=0}
          t5: i32[3], t6: i32[3] = Split(t1) {axis=0 sizes=[3,3]}
          t7: f32[3,4], t8: f32[3,4] = Split(t4) {axis=0 sizes=[3,3]}
          t9: u8[3,6] = Gather(data, t5) {axis=0}
          t10: f32[3,6] = Cast(t9) {to=float32}
          t13: f32[5,3] = Gemm(trip/0.weight, t10, trip/0.bias) {transA=false transB=true alpha=0.5 beta=1}
          t14: f32[5,3] = Relu(t13)
          t15: f32[3,4] = Gemm(t14, trip/1.weight, trip/1.bias) {transA=true transB=true alpha=1 beta=1}
          t19: f32[3,4] = Softmax(t15) {axis=1}
          t20: f32[3,4] = Sub(t19, t7)
          t21: f32[3,4] = Mul(t20, t18)
          t22: f32[5,3] = Gemm(trip/1.weight, t21) {transA=true transB=true alpha=1 beta=1}
          t26: f32[5,3] = HardSigmoid(t14) {alpha=1e+30 beta=0}
          t27: f32[5,3] = Mul(t22, t26)
          t31: f32[5,6] = Mul(trip/0.weight/velocity, hyper/momentum)
          t32: f32[5,6] = Gemm(t27, t10, t31) {transA=false transB=false alpha=0.5 beta=1}
          t33: f32[5,6] = Add(trip/0.weight, t32)
          t34: f32[5,1] = Mul(trip/0.bias/velocity, hyper/momentum)
          t35: f32[5,1] = Gemm(t27, t29, t34) {transA=false transB=false alpha=1 beta=1}
          t36: f32[5,1] = Add(trip/0.bias, t35)
          t37: f32[4,5] = Mul(trip/1.weight/velocity, hyper/momentum)
          t38: f32[4,5] = Gemm(t21, t14, t37) {transA=true transB=true alpha=1 beta=1}
          t39: f32[4,5] = Add(trip/1.weight, t38)
          t40: f32[1,4] = Mul(trip/1.bias/velocity, hyper/momentum)
          t41: f32[1,4] = Gemm(t24, t21, t40) {transA=false transB=false alpha=1 beta=1}
          t42: f32[1,4] = Add(trip/1.bias, t41)
          t43: u8[3,6] = Gather(data, t6) {axis=0}
          t44: f32[3,6] = Cast(t43) {to=float32}
          t46: f32[5,3] = Gemm(t33, t44, t36) {transA=false transB=true alpha=0.5 beta=1}
          t47: f32[5,3] = Relu(t46)
          t48: f32[3,4] = Gemm(t47, t39, t42) {transA=true transB=true alpha=1 beta=1}
          t51: f32[3,4] = Softmax(t48) {axis=1}
          t52: f32[3,4] = Sub(t51, t8)
          t53: f32[3,4] = Mul(t52, t18)
          t54: f32[5,3] = Gemm(t39, t53) {transA=true transB=true alpha=1 beta=1}
          t58: f32[5,3] = HardSigmoid(t47) {alpha=1e+30 beta=0}
          t59: f32[5,3] = Mul(t54, t58)
          t63: f32[5,6] = Mul(t32, hyper/momentum)
          after/0.weight/velocity: f32[5,6] = Gemm(t59, t44, t63) {transA=false transB=false alpha=0.5 beta=1}
          after/0.weight: f32[5,6] = Add(t33, after/0.weight/velocity)
          t66: f32[5,1] = Mul(t35, hyper/momentum)
          after/0.bias/velocity: f32[5,1] = Gemm(t59, t61, t66) {transA=false transB=false alpha=1 beta=1}
          after/0.bias: f32[5,1] = Add(t36, after/0.bias/velocity)
          t69: f32[4,5] = Mul(t38, hyper/momentum)
          after/1.weight/velocity: f32[4,5] = Gemm(t53, t47, t69) {transA=true transB=true alpha=1 beta=1}
          after/1.weight: f32[4,5] = Add(t39, after/1.weight/velocity)
          t72: f32[1,4] = Mul(t41, hyper/momentum)
          after/1.bias/velocity: f32[1,4] = Gemm(t56, t53, t72) {transA=false transB=false alpha=1 beta=1}
          after/1.bias: f32[1,4] = Add(t42, after/1.bias/velocity)
          t75: f32[6,4] = Concat(t15, t48) {axis=0}
          t76: f32[6,4] = LogSoftmax(t75) {axis=1}
          t77: f32[6,4] = Mul(t4, t76)
          t78: f32[6] = ReduceSum(t77) {axes=[1] keepDims=false}
          t79: f32[6] = Neg(t78)
          t80: f32[2,3] = Reshape(t79) {shape=[2,3]}
          loss: f32[2] = ReduceMean(t80) {axes=[1] keepDims=false}
          t82: f32[] = ReduceSum(loss) {axes=[0] keepDims=false}
          going on: bool[] = Less(t82, t83)
          -> going on, after/0.weight, after/0.bias, after/1.weight, after/1.bias, after/0.weight/velocity, after/0.bias/velocity, after/1.weight/velocity, after/1.bias/velocity, loss
        t95: f32[] = ReduceSumSquare(next/0.weight) {axes=[0,1] keepDims=false}
        t96: f32[] = ReduceSumSquare(next/0.bias) {axes=[0,1] keepDims=false}
        t97: f32[] = ReduceSumSquare(next/1.weight) {axes=[0,1] keepDims=false}
        t98: f32[] = ReduceSumSquare(next/1.bias) {axes=[0,1] keepDims=false}
        t100: f32[] = Add(t99, t95)
        t101: f32[] = Add(t100, t96)
        t102: f32[] = Add(t101, t97)
        norm: f32[] = Add(t102, t98)
        -> next/0.weight, next/0.bias, next/1.weight, next/1.bias, next/0.weight/velocity, next/0.bias/velocity, next/1.weight/velocity, next/1.bias/velocity, losses, norm"
    `);
  });

  it('plain: one product a weight', () => {
    expect(printGraph(compileTrainStep(smallStructure({ layers: LAYERS }), 3, 1).graph)).toMatchInlineSnapshot(`
      "train(trips: i64[], data: f32[rows,6], labels: i32[rows], order: i32[trips,1,3], hyper/lr: f32[], 0.weight: f32[5,6], 0.bias: f32[5,1], 1.weight: f32[4,5], 1.bias: f32[1,4])
        t3: f32[4,4] = constant of 16
        t10: f32[] = [0.3333333432674408]
        t17: f32[1,3] = [1,1,1]
        t22: f32[3,1] = [1,1,1]
        t36: f32[] = [3.0000000054977558e+38]
        t38: bool[] = [1]
        t48: f32[] = [0]
        t9: f32[] = Neg(hyper/lr)
        t11: f32[] = Mul(t9, t10)
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
