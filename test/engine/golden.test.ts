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
    expect(printGraph(compileTrainStep(structure, 3).graph)).toMatchInlineSnapshot(`
      "train(trips: i64[], data: u8[rows,6], labels: i32[rows], order: i32[steps,3], hyper/lr: f32[], hyper/momentum: f32[], 0.weight: f32[5,6], 0.bias: f32[5,1], 1.weight: f32[4,5], 1.bias: f32[1,4], 0.weight/velocity: f32[5,6], 0.bias/velocity: f32[5,1], 1.weight/velocity: f32[4,5], 1.bias/velocity: f32[1,4])
        t9: f32[4,4] = constant of 16
        t14: f32[] = [-0.3333333432674408]
        t17: f32[] = [0.3333333432674408]
        t24: f32[1,3] = [1,1,1]
        t29: f32[3,1] = [1,1,1]
        t43: f32[] = [3.0000000054977558e+38]
        t45: bool[] = [1]
        t59: f32[] = [0]
        t16: f32[] = Neg(hyper/lr)
        t18: f32[] = Mul(t16, t17)
        next/0.weight: f32[5,6], next/0.bias: f32[5,1], next/1.weight: f32[4,5], next/1.bias: f32[1,4], next/0.weight/velocity: f32[5,6], next/0.bias/velocity: f32[5,1], next/1.weight/velocity: f32[4,5], next/1.bias/velocity: f32[1,4], losses: f32[steps] = Loop(trips, t45, 0.weight, 0.bias, 1.weight, 1.bias, 0.weight/velocity, 0.bias/velocity, 1.weight/velocity, 1.bias/velocity) {carried=8 steps=steps}
        step(iteration: i64[], going: bool[], step/0.weight: f32[5,6], step/0.bias: f32[5,1], step/1.weight: f32[4,5], step/1.bias: f32[1,4], step/0.weight/velocity: f32[5,6], step/0.bias/velocity: f32[5,1], step/1.weight/velocity: f32[4,5], step/1.bias/velocity: f32[1,4])
          t0: i32[3] = Gather(order, iteration) {axis=0}
          t1: u8[3,6] = Gather(data, t0) {axis=0}
          t2: f32[3,6] = Cast(t1) {to=float32}
          t5: i32[3] = Gather(labels, t0) {axis=0}
          t6: f32[5,3] = Gemm(step/0.weight, t2, step/0.bias) {transA=false transB=true alpha=0.5 beta=1}
          t7: f32[5,3] = Relu(t6)
          t8: f32[3,4] = Gemm(t7, step/1.weight, step/1.bias) {transA=true transB=true alpha=1 beta=1}
          t10: f32[3,4] = Gather(t9, t5) {axis=0}
          t11: f32[3,4] = LogSoftmax(t8) {axis=1}
          t12: f32[3,4] = Mul(t10, t11)
          t13: f32[] = ReduceSum(t12) {axes=[0,1] keepDims=false}
          loss: f32[] = Mul(t13, t14)
          t19: f32[3,4] = Exp(t11)
          t20: f32[3,4] = Sub(t19, t10)
          t21: f32[3,4] = Mul(t20, t18)
          t22: f32[5,3] = Gemm(step/1.weight, t21) {transA=true transB=true alpha=1 beta=1}
          t26: f32[5,3] = HardSigmoid(t7) {alpha=1e+30 beta=0}
          t27: f32[5,3] = Mul(t22, t26)
          t31: f32[5,6] = Mul(step/0.weight/velocity, hyper/momentum)
          stepped/0.weight/velocity: f32[5,6] = Gemm(t27, t2, t31) {transA=false transB=false alpha=0.5 beta=1}
          stepped/0.weight: f32[5,6] = Add(step/0.weight, stepped/0.weight/velocity)
          t34: f32[5,1] = Mul(step/0.bias/velocity, hyper/momentum)
          stepped/0.bias/velocity: f32[5,1] = Gemm(t27, t29, t34) {transA=false transB=false alpha=1 beta=1}
          stepped/0.bias: f32[5,1] = Add(step/0.bias, stepped/0.bias/velocity)
          t37: f32[4,5] = Mul(step/1.weight/velocity, hyper/momentum)
          stepped/1.weight/velocity: f32[4,5] = Gemm(t21, t7, t37) {transA=true transB=true alpha=1 beta=1}
          stepped/1.weight: f32[4,5] = Add(step/1.weight, stepped/1.weight/velocity)
          t40: f32[1,4] = Mul(step/1.bias/velocity, hyper/momentum)
          stepped/1.bias/velocity: f32[1,4] = Gemm(t24, t21, t40) {transA=false transB=false alpha=1 beta=1}
          stepped/1.bias: f32[1,4] = Add(step/1.bias, stepped/1.bias/velocity)
          going on: bool[] = Less(loss, t43)
          -> going on, stepped/0.weight, stepped/0.bias, stepped/1.weight, stepped/1.bias, stepped/0.weight/velocity, stepped/0.bias/velocity, stepped/1.weight/velocity, stepped/1.bias/velocity, loss
        t55: f32[] = ReduceSumSquare(next/0.weight) {axes=[0,1] keepDims=false}
        t56: f32[] = ReduceSumSquare(next/0.bias) {axes=[0,1] keepDims=false}
        t57: f32[] = ReduceSumSquare(next/1.weight) {axes=[0,1] keepDims=false}
        t58: f32[] = ReduceSumSquare(next/1.bias) {axes=[0,1] keepDims=false}
        t60: f32[] = Add(t59, t55)
        t61: f32[] = Add(t60, t56)
        t62: f32[] = Add(t61, t57)
        norm: f32[] = Add(t62, t58)
        -> next/0.weight, next/0.bias, next/1.weight, next/1.bias, next/0.weight/velocity, next/0.bias/velocity, next/1.weight/velocity, next/1.bias/velocity, losses, norm"
    `);
  });

  it('plain: one product a weight', () => {
    expect(printGraph(compileTrainStep(smallStructure({ layers: LAYERS }), 3).graph)).toMatchInlineSnapshot(`
      "train(trips: i64[], data: f32[rows,6], labels: i32[rows], order: i32[steps,3], hyper/lr: f32[], 0.weight: f32[5,6], 0.bias: f32[5,1], 1.weight: f32[4,5], 1.bias: f32[1,4])
        t6: f32[4,4] = constant of 16
        t11: f32[] = [-0.3333333432674408]
        t14: f32[] = [0.3333333432674408]
        t21: f32[1,3] = [1,1,1]
        t26: f32[3,1] = [1,1,1]
        t32: f32[] = [3.0000000054977558e+38]
        t34: bool[] = [1]
        t44: f32[] = [0]
        t13: f32[] = Neg(hyper/lr)
        t15: f32[] = Mul(t13, t14)
        next/0.weight: f32[5,6], next/0.bias: f32[5,1], next/1.weight: f32[4,5], next/1.bias: f32[1,4], losses: f32[steps] = Loop(trips, t34, 0.weight, 0.bias, 1.weight, 1.bias) {carried=4 steps=steps}
        step(iteration: i64[], going: bool[], step/0.weight: f32[5,6], step/0.bias: f32[5,1], step/1.weight: f32[4,5], step/1.bias: f32[1,4])
          t0: i32[3] = Gather(order, iteration) {axis=0}
          t1: f32[3,6] = Gather(data, t0) {axis=0}
          t2: i32[3] = Gather(labels, t0) {axis=0}
          t3: f32[5,3] = Gemm(step/0.weight, t1, step/0.bias) {transA=false transB=true alpha=1 beta=1}
          t4: f32[5,3] = Relu(t3)
          t5: f32[3,4] = Gemm(t4, step/1.weight, step/1.bias) {transA=true transB=true alpha=1 beta=1}
          t7: f32[3,4] = Gather(t6, t2) {axis=0}
          t8: f32[3,4] = LogSoftmax(t5) {axis=1}
          t9: f32[3,4] = Mul(t7, t8)
          t10: f32[] = ReduceSum(t9) {axes=[0,1] keepDims=false}
          loss: f32[] = Mul(t10, t11)
          t16: f32[3,4] = Exp(t8)
          t17: f32[3,4] = Sub(t16, t7)
          t18: f32[3,4] = Mul(t17, t15)
          t19: f32[5,3] = Gemm(step/1.weight, t18) {transA=true transB=true alpha=1 beta=1}
          t23: f32[5,3] = HardSigmoid(t4) {alpha=1e+30 beta=0}
          t24: f32[5,3] = Mul(t19, t23)
          stepped/0.weight: f32[5,6] = Gemm(t24, t1, step/0.weight) {transA=false transB=false alpha=1 beta=1}
          stepped/0.bias: f32[5,1] = Gemm(t24, t26, step/0.bias) {transA=false transB=false alpha=1 beta=1}
          stepped/1.weight: f32[4,5] = Gemm(t18, t4, step/1.weight) {transA=true transB=true alpha=1 beta=1}
          stepped/1.bias: f32[1,4] = Gemm(t21, t18, step/1.bias) {transA=false transB=false alpha=1 beta=1}
          going on: bool[] = Less(loss, t32)
          -> going on, stepped/0.weight, stepped/0.bias, stepped/1.weight, stepped/1.bias, loss
        t40: f32[] = ReduceSumSquare(next/0.weight) {axes=[0,1] keepDims=false}
        t41: f32[] = ReduceSumSquare(next/0.bias) {axes=[0,1] keepDims=false}
        t42: f32[] = ReduceSumSquare(next/1.weight) {axes=[0,1] keepDims=false}
        t43: f32[] = ReduceSumSquare(next/1.bias) {axes=[0,1] keepDims=false}
        t45: f32[] = Add(t44, t40)
        t46: f32[] = Add(t45, t41)
        t47: f32[] = Add(t46, t42)
        norm: f32[] = Add(t47, t43)
        -> next/0.weight, next/0.bias, next/1.weight, next/1.bias, losses, norm"
    `);
  });
});
