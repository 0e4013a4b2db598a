/** What one step of a small convolutional network compiles to on a CPU: a change of its lowering shows here first. */
import { expect, it } from 'vitest';
import { targets } from '../../agent/engine/compile/target.ts';
import { compileTrainStep } from '../../agent/engine/compile/train-step.ts';
import { printGraph } from '../../agent/engine/ir/print.ts';
import { PLAIN_SGD, smallStructure } from './problems.ts';

/** conv8 of the benchmarks, in small. */
const structure = smallStructure({
  inputShape: [4, 4],
  inputType: 'uint8',
  layers: [
    {
      type: 'conv2d',
      outChannels: 2,
      kernelSize: [3, 3],
      stride: [1, 1],
      padding: 'same',
      dilation: [1, 1],
      groups: 1,
      activation: 'relu',
    },
    { type: 'max_pool2d', kernelSize: [2, 2], stride: [2, 2], padding: [0, 0] },
    { type: 'dense', units: 4 },
  ],
  optimizer: { ...PLAIN_SGD, momentum: 0.9 },
  preprocessing: { shift: 0, scale: 0.5 },
});

it('a step of conv8: the convolution in the parts of the pool, bias and ReLU behind it, no indices', () => {
  const { graph } = compileTrainStep(structure, 3, 1, {}, targets.cpu);
  expect(printGraph(graph)).toMatchInlineSnapshot(`
    "train(trips: i64[], data: u8[rows,16], labels: i32[rows], order: i32[trips,1,3], hyper/lr: f32[], hyper/momentum: f32[], 0.weight: f32[2,9], 0.bias: f32[2,1], 2.weight: f32[4,8], 2.bias: f32[1,4], 0.weight/velocity: f32[2,9], 0.bias/velocity: f32[2,1], 2.weight/velocity: f32[4,8], 2.bias/velocity: f32[1,4])
      t3: f32[4,4] = constant of 16
      t7: f32[] = [0.5]
      t22: f32[] = [0.3333333432674408]
      t29: f32[1,3] = [1,1,1]
      t58: f32[] = [3.0000000054977558e+38]
      t60: bool[] = [1]
      t74: f32[] = [0]
      n1: f32[1] = [0]
      n3: i32[128] = constant of 128
      n8: f32[1,1,3] = [0,0,0]
      n10: i32[64] = constant of 64
      n48: i32[72] = constant of 72
      t21: f32[] = Neg(hyper/lr)
      t23: f32[] = Mul(t21, t22)
      next/0.weight: f32[2,9], next/0.bias: f32[2,1], next/2.weight: f32[4,8], next/2.bias: f32[1,4], next/0.weight/velocity: f32[2,9], next/0.bias/velocity: f32[2,1], next/2.weight/velocity: f32[4,8], next/2.bias/velocity: f32[1,4], losses: f32[trips,1] = Loop(trips, t60, 0.weight, 0.bias, 2.weight, 2.bias, 0.weight/velocity, 0.bias/velocity, 2.weight/velocity, 2.bias/velocity) {carried=8 steps=trips}
      trip(trip: i64[], going: bool[], trip/0.weight: f32[2,9], trip/0.bias: f32[2,1], trip/2.weight: f32[4,8], trip/2.bias: f32[1,4], trip/0.weight/velocity: f32[2,9], trip/0.bias/velocity: f32[2,1], trip/2.weight/velocity: f32[4,8], trip/2.bias/velocity: f32[1,4])
        t0: i32[1,3] = Gather(order, trip) {axis=0}
        t1: i32[3] = Reshape(t0) {shape=[3]}
        t2: i32[3] = Gather(labels, t1) {axis=0}
        t4: f32[3,4] = Gather(t3, t2) {axis=0}
        t5: u8[3,16] = Gather(data, t1) {axis=0}
        t6: f32[3,16] = Cast(t5) {to=float32}
        t8: f32[3,16] = Mul(t6, t7)
        t9: f32[16,3] = Transpose(t8) {perm=[1,0]}
        n0: f32[18] = Reshape(trip/0.weight) {shape=[18]}
        n2: f32[19] = Concat(n0, n1) {axis=0}
        n4: f32[128] = Gather(n2, n3) {axis=0}
        n5: f32[8,16] = Reshape(n4) {shape=[8,16]}
        n6: f32[1,16,3] = Reshape(t9) {shape=[1,16,3]}
        n9: f32[1,17,3] = Concat(n6, n8) {axis=1}
        n11: f32[1,64,3] = Gather(n9, n10) {axis=1}
        n12: f32[16,12] = Reshape(n11) {shape=[16,12]}
        n13: f32[8,12] = Gemm(n5, n12) {transA=false transB=false alpha=1 beta=1}
        n14: f32[2,12], n15: f32[2,12], n16: f32[2,12], n17: f32[2,12] = Split(n13) {axis=0 sizes=[2,2,2,2]}
        n18: f32[2,4,3] = Reshape(n14) {shape=[2,4,3]}
        n19: f32[2,4,3] = Reshape(n15) {shape=[2,4,3]}
        n20: f32[2,4,3] = Reshape(n16) {shape=[2,4,3]}
        n21: f32[2,4,3] = Reshape(n17) {shape=[2,4,3]}
        n22: f32[2,4,3] = Max(n18, n19)
        n23: f32[2,4,3] = Max(n22, n20)
        n24: f32[2,4,3] = Max(n23, n21)
        n25: f32[2,2,2,3] = Reshape(n24) {shape=[2,2,2,3]}
        t16: f32[2,1,1,1] = Reshape(trip/0.bias) {shape=[2,1,1,1]}
        t17: f32[2,2,2,3] = Add(n25, t16)
        t18: f32[2,2,2,3] = Relu(t17)
        t19: f32[8,3] = Reshape(t18) {shape=[8,3]}
        t20: f32[3,4] = Gemm(t19, trip/2.weight, trip/2.bias) {transA=true transB=true alpha=1 beta=1}
        t24: f32[3,4] = Softmax(t20) {axis=1}
        t25: f32[3,4] = Sub(t24, t4)
        t26: f32[3,4] = Mul(t25, t23)
        t27: f32[8,3] = Gemm(trip/2.weight, t26) {transA=true transB=true alpha=1 beta=1}
        t31: f32[2,2,2,3] = Reshape(t27) {shape=[2,2,2,3]}
        t32: f32[2,2,2,3] = HardSigmoid(t18) {alpha=1e+30 beta=0}
        t33: f32[2,2,2,3] = Mul(t31, t32)
        t34: f32[2,1,1,1] = ReduceSum(t33) {axes=[1,2,3] keepDims=true}
        t35: f32[2,1] = Reshape(t34) {shape=[2,1]}
        n26: f32[2,4,3] = Reshape(n24) {shape=[2,4,3]}
        n27: f32[2,4,3] = Reshape(t33) {shape=[2,4,3]}
        n28: bool[2,4,3] = Equal(n18, n26)
        n29: f32[2,4,3] = Cast(n28) {to=float32}
        n30: f32[2,4,3] = Mul(n27, n29)
        n31: f32[2,4,3] = Sub(n27, n30)
        n32: bool[2,4,3] = Equal(n19, n26)
        n33: f32[2,4,3] = Cast(n32) {to=float32}
        n34: f32[2,4,3] = Mul(n31, n33)
        n35: f32[2,4,3] = Sub(n31, n34)
        n36: bool[2,4,3] = Equal(n20, n26)
        n37: f32[2,4,3] = Cast(n36) {to=float32}
        n38: f32[2,4,3] = Mul(n35, n37)
        n39: f32[2,4,3] = Sub(n35, n38)
        n40: f32[2,12] = Reshape(n30) {shape=[2,12]}
        n41: f32[2,12] = Reshape(n34) {shape=[2,12]}
        n42: f32[2,12] = Reshape(n38) {shape=[2,12]}
        n43: f32[2,12] = Reshape(n39) {shape=[2,12]}
        n44: f32[8,12] = Concat(n40, n41, n42, n43) {axis=0}
        n46: f32[8,16] = Gemm(n44, n12) {transA=false transB=true alpha=1 beta=1}
        n47: f32[128] = Reshape(n46) {shape=[128]}
        n49: f32[72] = Gather(n47, n48) {axis=0}
        n50: f32[4,18] = Reshape(n49) {shape=[4,18]}
        n51: f32[18] = ReduceSum(n50) {axes=[0] keepDims=false}
        n52: f32[2,9] = Reshape(n51) {shape=[2,9]}
        t38: f32[2,9] = Mul(trip/0.weight/velocity, hyper/momentum)
        after/0.weight/velocity: f32[2,9] = Add(n52, t38)
        after/0.weight: f32[2,9] = Add(trip/0.weight, after/0.weight/velocity)
        t41: f32[2,1] = Mul(trip/0.bias/velocity, hyper/momentum)
        after/0.bias/velocity: f32[2,1] = Add(t35, t41)
        after/0.bias: f32[2,1] = Add(trip/0.bias, after/0.bias/velocity)
        t44: f32[4,8] = Mul(trip/2.weight/velocity, hyper/momentum)
        after/2.weight/velocity: f32[4,8] = Gemm(t26, t19, t44) {transA=true transB=true alpha=1 beta=1}
        after/2.weight: f32[4,8] = Add(trip/2.weight, after/2.weight/velocity)
        t47: f32[1,4] = Mul(trip/2.bias/velocity, hyper/momentum)
        after/2.bias/velocity: f32[1,4] = Gemm(t29, t26, t47) {transA=false transB=false alpha=1 beta=1}
        after/2.bias: f32[1,4] = Add(trip/2.bias, after/2.bias/velocity)
        t50: f32[3,4] = Concat(t20) {axis=0}
        t51: f32[3,4] = LogSoftmax(t50) {axis=1}
        t52: f32[3,4] = Mul(t4, t51)
        t53: f32[3] = ReduceSum(t52) {axes=[1] keepDims=false}
        t54: f32[3] = Neg(t53)
        t55: f32[1,3] = Reshape(t54) {shape=[1,3]}
        loss: f32[1] = ReduceMean(t55) {axes=[1] keepDims=false}
        t57: f32[] = ReduceSum(loss) {axes=[0] keepDims=false}
        going on: bool[] = Less(t57, t58)
        -> going on, after/0.weight, after/0.bias, after/2.weight, after/2.bias, after/0.weight/velocity, after/0.bias/velocity, after/2.weight/velocity, after/2.bias/velocity, loss
      t70: f32[] = ReduceSumSquare(next/0.weight) {axes=[0,1] keepDims=false}
      t71: f32[] = ReduceSumSquare(next/0.bias) {axes=[0,1] keepDims=false}
      t72: f32[] = ReduceSumSquare(next/2.weight) {axes=[0,1] keepDims=false}
      t73: f32[] = ReduceSumSquare(next/2.bias) {axes=[0,1] keepDims=false}
      t75: f32[] = Add(t74, t70)
      t76: f32[] = Add(t75, t71)
      t77: f32[] = Add(t76, t72)
      norm: f32[] = Add(t77, t73)
      -> next/0.weight, next/0.bias, next/2.weight, next/2.bias, next/0.weight/velocity, next/0.bias/velocity, next/2.weight/velocity, next/2.bias/velocity, losses, norm"
  `);
});
