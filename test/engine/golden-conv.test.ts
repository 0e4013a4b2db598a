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
    "train(trips: i64[], data: u8[rows,16], labels: i32[rows], order: i32[trips,1,3], moving/gain: f32[trips,1], moving/drop: f32[trips,1], carry: f32[], 0.weight: f32[2,9], 0.bias: f32[2,1], 2.weight: f32[4,8], 2.bias: f32[1,4], 0.weight/scaled_momentum_buffer: f32[2,9], 0.bias/scaled_momentum_buffer: f32[2,1], 2.weight/scaled_momentum_buffer: f32[4,8], 2.bias/scaled_momentum_buffer: f32[1,4])
      t7: f32[4,4] = constant of 16
      t10: i32[] = [0]
      t16: f32[] = [0.5]
      t30: f32[] = [0.3333333432674408]
      t37: f32[1,3] = [1,1,1]
      t66: f32[] = [3.0000000054977558e+38]
      t68: bool[] = [1]
      t82: f32[] = [0]
      n1: f32[1] = [0]
      n3: i32[128] = constant of 128
      n8: f32[1,1,3] = [0,0,0]
      n10: i32[64] = constant of 64
      n48: i32[72] = constant of 72
      t0: f32[2,9] = Mul(0.weight/scaled_momentum_buffer, carry)
      t1: f32[2,1] = Mul(0.bias/scaled_momentum_buffer, carry)
      t2: f32[4,8] = Mul(2.weight/scaled_momentum_buffer, carry)
      t3: f32[1,4] = Mul(2.bias/scaled_momentum_buffer, carry)
      next/0.weight: f32[2,9], next/0.bias: f32[2,1], next/2.weight: f32[4,8], next/2.bias: f32[1,4], next/0.weight/scaled_momentum_buffer: f32[2,9], next/0.bias/scaled_momentum_buffer: f32[2,1], next/2.weight/scaled_momentum_buffer: f32[4,8], next/2.bias/scaled_momentum_buffer: f32[1,4], losses: f32[trips,1] = Loop(trips, t68, 0.weight, 0.bias, 2.weight, 2.bias, t0, t1, t2, t3) {carried=8 steps=trips}
      trip(trip: i64[], going: bool[], trip/0.weight: f32[2,9], trip/0.bias: f32[2,1], trip/2.weight: f32[4,8], trip/2.bias: f32[1,4], trip/0.weight/scaled_momentum_buffer: f32[2,9], trip/0.bias/scaled_momentum_buffer: f32[2,1], trip/2.weight/scaled_momentum_buffer: f32[4,8], trip/2.bias/scaled_momentum_buffer: f32[1,4])
        t4: i32[1,3] = Gather(order, trip) {axis=0}
        t5: i32[3] = Reshape(t4) {shape=[3]}
        t6: i32[3] = Gather(labels, t5) {axis=0}
        t8: f32[3,4] = Gather(t7, t6) {axis=0}
        t9: f32[1] = Gather(moving/gain, trip) {axis=0}
        t11: f32[] = Gather(t9, t10) {axis=0}
        t12: f32[1] = Gather(moving/drop, trip) {axis=0}
        t13: f32[] = Gather(t12, t10) {axis=0}
        t14: u8[3,16] = Gather(data, t5) {axis=0}
        t15: f32[3,16] = Cast(t14) {to=float32}
        t17: f32[3,16] = Mul(t15, t16)
        t18: f32[16,3] = Transpose(t17) {perm=[1,0]}
        n0: f32[18] = Reshape(trip/0.weight) {shape=[18]}
        n2: f32[19] = Concat(n0, n1) {axis=0}
        n4: f32[128] = Gather(n2, n3) {axis=0}
        n5: f32[8,16] = Reshape(n4) {shape=[8,16]}
        n6: f32[1,16,3] = Reshape(t18) {shape=[1,16,3]}
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
        t25: f32[2,1,1,1] = Reshape(trip/0.bias) {shape=[2,1,1,1]}
        t26: f32[2,2,2,3] = Add(n25, t25)
        t27: f32[2,2,2,3] = Relu(t26)
        t28: f32[8,3] = Reshape(t27) {shape=[8,3]}
        t29: f32[3,4] = Gemm(t28, trip/2.weight, trip/2.bias) {transA=true transB=true alpha=1 beta=1}
        t31: f32[] = Mul(t11, t30)
        t32: f32[3,4] = Softmax(t29) {axis=1}
        t33: f32[3,4] = Sub(t32, t8)
        t34: f32[3,4] = Mul(t33, t31)
        t35: f32[8,3] = Gemm(trip/2.weight, t34) {transA=true transB=true alpha=1 beta=1}
        t39: f32[2,2,2,3] = Reshape(t35) {shape=[2,2,2,3]}
        t40: f32[2,2,2,3] = HardSigmoid(t27) {alpha=1e+30 beta=0}
        t41: f32[2,2,2,3] = Mul(t39, t40)
        t42: f32[2,1,1,1] = ReduceSum(t41) {axes=[1,2,3] keepDims=true}
        t43: f32[2,1] = Reshape(t42) {shape=[2,1]}
        n26: f32[2,4,3] = Reshape(n24) {shape=[2,4,3]}
        n27: f32[2,4,3] = Reshape(t41) {shape=[2,4,3]}
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
        after/0.weight/scaled_momentum_buffer: f32[2,9] = Add(n52, trip/0.weight/scaled_momentum_buffer)
        t47: f32[2,9] = Mul(after/0.weight/scaled_momentum_buffer, t13)
        after/0.weight: f32[2,9] = Add(trip/0.weight, t47)
        after/0.bias/scaled_momentum_buffer: f32[2,1] = Add(t43, trip/0.bias/scaled_momentum_buffer)
        t50: f32[2,1] = Mul(after/0.bias/scaled_momentum_buffer, t13)
        after/0.bias: f32[2,1] = Add(trip/0.bias, t50)
        after/2.weight/scaled_momentum_buffer: f32[4,8] = Gemm(t34, t28, trip/2.weight/scaled_momentum_buffer) {transA=true transB=true alpha=1 beta=1}
        t53: f32[4,8] = Mul(after/2.weight/scaled_momentum_buffer, t13)
        after/2.weight: f32[4,8] = Add(trip/2.weight, t53)
        after/2.bias/scaled_momentum_buffer: f32[1,4] = Gemm(t37, t34, trip/2.bias/scaled_momentum_buffer) {transA=false transB=false alpha=1 beta=1}
        t56: f32[1,4] = Mul(after/2.bias/scaled_momentum_buffer, t13)
        after/2.bias: f32[1,4] = Add(trip/2.bias, t56)
        t58: f32[3,4] = Concat(t29) {axis=0}
        t59: f32[3,4] = LogSoftmax(t58) {axis=1}
        t60: f32[3,4] = Mul(t8, t59)
        t61: f32[3] = ReduceSum(t60) {axes=[1] keepDims=false}
        t62: f32[3] = Neg(t61)
        t63: f32[1,3] = Reshape(t62) {shape=[1,3]}
        loss: f32[1] = ReduceMean(t63) {axes=[1] keepDims=false}
        t65: f32[] = ReduceSum(loss) {axes=[0] keepDims=false}
        going on: bool[] = Less(t65, t66)
        -> going on, after/0.weight, after/0.bias, after/2.weight, after/2.bias, after/0.weight/scaled_momentum_buffer, after/0.bias/scaled_momentum_buffer, after/2.weight/scaled_momentum_buffer, after/2.bias/scaled_momentum_buffer, loss
      t78: f32[] = ReduceSumSquare(next/0.weight) {axes=[0,1] keepDims=false}
      t79: f32[] = ReduceSumSquare(next/0.bias) {axes=[0,1] keepDims=false}
      t80: f32[] = ReduceSumSquare(next/2.weight) {axes=[0,1] keepDims=false}
      t81: f32[] = ReduceSumSquare(next/2.bias) {axes=[0,1] keepDims=false}
      t83: f32[] = Add(t82, t78)
      t84: f32[] = Add(t83, t79)
      t85: f32[] = Add(t84, t80)
      norm: f32[] = Add(t85, t81)
      -> next/0.weight, next/0.bias, next/2.weight, next/2.bias, next/0.weight/scaled_momentum_buffer, next/0.bias/scaled_momentum_buffer, next/2.weight/scaled_momentum_buffer, next/2.bias/scaled_momentum_buffer, losses, norm"
  `);
});
