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
      t29: f32[] = [0.3333333432674408]
      t36: f32[1,3] = [1,1,1]
      t65: f32[] = [3.0000000054977558e+38]
      t67: bool[] = [1]
      t81: f32[] = [0]
      n0: f32[4,9,16] = constant of 576
      n6: f32[1,1,3] = [0,0,0]
      n8: i32[64] = constant of 64
      n45: f32[9,64] = constant of 576
      t0: f32[2,9] = Mul(0.weight/scaled_momentum_buffer, carry)
      t1: f32[2,1] = Mul(0.bias/scaled_momentum_buffer, carry)
      t2: f32[4,8] = Mul(2.weight/scaled_momentum_buffer, carry)
      t3: f32[1,4] = Mul(2.bias/scaled_momentum_buffer, carry)
      next/0.weight: f32[2,9], next/0.bias: f32[2,1], next/2.weight: f32[4,8], next/2.bias: f32[1,4], next/0.weight/scaled_momentum_buffer: f32[2,9], next/0.bias/scaled_momentum_buffer: f32[2,1], next/2.weight/scaled_momentum_buffer: f32[4,8], next/2.bias/scaled_momentum_buffer: f32[1,4], losses: f32[trips,1] = Loop(trips, t67, 0.weight, 0.bias, 2.weight, 2.bias, t0, t1, t2, t3) {carried=8 steps=trips}
      trip(trip: i64[], going: bool[], trip/0.weight: f32[2,9], trip/0.bias: f32[2,1], trip/2.weight: f32[4,8], trip/2.bias: f32[1,4], trip/0.weight/scaled_momentum_buffer: f32[2,9], trip/0.bias/scaled_momentum_buffer: f32[2,1], trip/2.weight/scaled_momentum_buffer: f32[4,8], trip/2.bias/scaled_momentum_buffer: f32[1,4])
        t4: i32[1,3] = Gather(order, trip) {axis=0}
        t5: i32[3] = Reshape(t4) {shape=[3]}
        t6: i32[3] = Gather(labels, t5) {axis=0}
        t8: f32[3,4] = Gather(t7, t6) {axis=0}
        t9: f32[1] = Gather(moving/gain, trip) {axis=0}
        t10: f32[1,1] = Reshape(t9) {shape=[1,1]}
        t11: f32[1] = Gather(moving/drop, trip) {axis=0}
        t12: f32[1,1] = Reshape(t11) {shape=[1,1]}
        t13: u8[3,16] = Gather(data, t5) {axis=0}
        t17/0/1: u8[16,3] = Transpose(t13) {perm=[1,0]}
        t17/0: f32[16,3] = Cast(t17/0/1) {to=float32}
        n1: f32[1,2,9] = Reshape(trip/0.weight) {shape=[1,2,9]}
        n2: f32[4,2,16] = MatMul(n1, n0)
        n3: f32[8,16] = Reshape(n2) {shape=[8,16]}
        n4: f32[1,16,3] = Reshape(t17/0) {shape=[1,16,3]}
        n7: f32[1,17,3] = Concat(n4, n6) {axis=1}
        n9: f32[1,64,3] = Gather(n7, n8) {axis=1}
        n10: f32[16,12] = Reshape(n9) {shape=[16,12]}
        n11: f32[8,12] = Gemm(n3, n10) {transA=false transB=false alpha=0.5 beta=1}
        n12: f32[2,12], n13: f32[2,12], n14: f32[2,12], n15: f32[2,12] = Split(n11) {axis=0 sizes=[2,2,2,2]}
        n16: f32[2,4,3] = Reshape(n12) {shape=[2,4,3]}
        n17: f32[2,4,3] = Reshape(n13) {shape=[2,4,3]}
        n18: f32[2,4,3] = Reshape(n14) {shape=[2,4,3]}
        n19: f32[2,4,3] = Reshape(n15) {shape=[2,4,3]}
        n20: f32[2,4,3] = Max(n16, n17)
        n21: f32[2,4,3] = Max(n20, n18)
        n22: f32[2,4,3] = Max(n21, n19)
        n23: f32[2,2,2,3] = Reshape(n22) {shape=[2,2,2,3]}
        t24: f32[2,1,1,1] = Reshape(trip/0.bias) {shape=[2,1,1,1]}
        t25: f32[2,2,2,3] = Add(n23, t24)
        t26: f32[2,2,2,3] = Relu(t25)
        t27: f32[8,3] = Reshape(t26) {shape=[8,3]}
        t28: f32[3,4] = Gemm(t27, trip/2.weight, trip/2.bias) {transA=true transB=true alpha=1 beta=1}
        t30: f32[1,1] = Mul(t10, t29)
        t31: f32[3,4] = Softmax(t28) {axis=1}
        t32: f32[3,4] = Sub(t31, t8)
        t33: f32[3,4] = Mul(t32, t30)
        t34: f32[8,3] = Gemm(trip/2.weight, t33) {transA=true transB=true alpha=1 beta=1}
        t38: f32[2,2,2,3] = Reshape(t34) {shape=[2,2,2,3]}
        t39: f32[2,2,2,3] = HardSigmoid(t26) {alpha=1e+30 beta=0}
        t40: f32[2,2,2,3] = Mul(t38, t39)
        t41: f32[2,1,1,1] = ReduceSum(t40) {axes=[1,2,3] keepDims=true}
        t42: f32[2,1] = Reshape(t41) {shape=[2,1]}
        n25: f32[2,4,3] = Reshape(t40) {shape=[2,4,3]}
        n26: bool[2,4,3] = Equal(n16, n22)
        n27: f32[2,4,3] = Cast(n26) {to=float32}
        n28: f32[2,4,3] = Mul(n25, n27)
        n29: f32[2,4,3] = Sub(n25, n28)
        n30: bool[2,4,3] = Equal(n17, n22)
        n31: f32[2,4,3] = Cast(n30) {to=float32}
        n32: f32[2,4,3] = Mul(n29, n31)
        n33: f32[2,4,3] = Sub(n29, n32)
        n34: bool[2,4,3] = Equal(n18, n22)
        n35: f32[2,4,3] = Cast(n34) {to=float32}
        n36: f32[2,4,3] = Mul(n33, n35)
        n37: f32[2,4,3] = Sub(n33, n36)
        n38: f32[2,12] = Reshape(n28) {shape=[2,12]}
        n39: f32[2,12] = Reshape(n32) {shape=[2,12]}
        n40: f32[2,12] = Reshape(n36) {shape=[2,12]}
        n41: f32[2,12] = Reshape(n37) {shape=[2,12]}
        n43: f32[8,12] = Concat(n38, n39, n40, n41) {axis=0}
        n44: f32[16,8] = Gemm(n10, n43) {transA=false transB=true alpha=0.5 beta=1}
        n46: f32[1,64,2] = Reshape(n44) {shape=[1,64,2]}
        n47: f32[1,9,2] = MatMul(n45, n46)
        n48: f32[9,2] = Reshape(n47) {shape=[9,2]}
        n49: f32[2,9] = Transpose(n48) {perm=[1,0]}
        after/0.weight/scaled_momentum_buffer: f32[2,9] = Add(n49, trip/0.weight/scaled_momentum_buffer)
        t46: f32[2,9] = Mul(after/0.weight/scaled_momentum_buffer, t12)
        after/0.weight: f32[2,9] = Add(trip/0.weight, t46)
        after/0.bias/scaled_momentum_buffer: f32[2,1] = Add(t42, trip/0.bias/scaled_momentum_buffer)
        after/0.bias: f32[2,1] = Gemm(after/0.bias/scaled_momentum_buffer, t12, trip/0.bias) {transA=false transB=false alpha=1 beta=1}
        after/2.weight/scaled_momentum_buffer: f32[4,8] = Gemm(t33, t27, trip/2.weight/scaled_momentum_buffer) {transA=true transB=true alpha=1 beta=1}
        t52: f32[4,8] = Mul(after/2.weight/scaled_momentum_buffer, t12)
        after/2.weight: f32[4,8] = Add(trip/2.weight, t52)
        after/2.bias/scaled_momentum_buffer: f32[1,4] = Gemm(t36, t33, trip/2.bias/scaled_momentum_buffer) {transA=false transB=false alpha=1 beta=1}
        after/2.bias: f32[1,4] = Gemm(t12, after/2.bias/scaled_momentum_buffer, trip/2.bias) {transA=false transB=false alpha=1 beta=1}
        t57: f32[3,4] = Concat(t28) {axis=0}
        t58: f32[3,4] = LogSoftmax(t57) {axis=1}
        t59: f32[3,4] = Mul(t8, t58)
        t60: f32[3] = ReduceSum(t59) {axes=[1] keepDims=false}
        t61: f32[3] = Neg(t60)
        t62: f32[1,3] = Reshape(t61) {shape=[1,3]}
        loss: f32[1] = ReduceMean(t62) {axes=[1] keepDims=false}
        t64: f32[] = ReduceSum(loss) {axes=[0] keepDims=false}
        going on: bool[] = Less(t64, t65)
        -> going on, after/0.weight, after/0.bias, after/2.weight, after/2.bias, after/0.weight/scaled_momentum_buffer, after/0.bias/scaled_momentum_buffer, after/2.weight/scaled_momentum_buffer, after/2.bias/scaled_momentum_buffer, loss
      t77: f32[] = ReduceSumSquare(next/0.weight) {axes=[0,1] keepDims=false}
      t78: f32[] = ReduceSumSquare(next/0.bias) {axes=[0,1] keepDims=false}
      t79: f32[] = ReduceSumSquare(next/2.weight) {axes=[0,1] keepDims=false}
      t80: f32[] = ReduceSumSquare(next/2.bias) {axes=[0,1] keepDims=false}
      t82: f32[] = Add(t81, t77)
      t83: f32[] = Add(t82, t78)
      t84: f32[] = Add(t83, t79)
      norm: f32[] = Add(t84, t80)
      -> next/0.weight, next/0.bias, next/2.weight, next/2.bias, next/0.weight/scaled_momentum_buffer, next/0.bias/scaled_momentum_buffer, next/2.weight/scaled_momentum_buffer, next/2.bias/scaled_momentum_buffer, losses, norm"
  `);
});
