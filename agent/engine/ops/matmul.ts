/** Matrix products. */
import { type GraphBuilder, NOT_DIFFERENTIABLE, type OpAttrs, type OpDef, ShapeError } from '../ir/op.ts';
import { type Dim, fixedDim, type Shape, sameShape, type TensorType, tensorData, type Value } from '../ir/types.ts';
import { emitPlain, floatAttribute, intAttribute, intsAttribute } from './emission.ts';
import { broadcastShapes, expectInputs, FLOATS, inputOf } from './shape-rules.ts';

function matrixDims(input: TensorType, transposed: boolean): readonly [Dim, Dim] {
  if (input.shape.length !== 2) throw new ShapeError(`[${input.shape.join(',')}] is not a matrix`);
  const [rows, columns] = input.shape as readonly [Dim, Dim];
  return transposed ? [columns, rows] : [rows, columns];
}

function productDims(a: readonly [Dim, Dim], b: readonly [Dim, Dim]): readonly [Dim, Dim] {
  if (a[1] !== b[0]) throw new ShapeError(`[${a.join(',')}] and [${b.join(',')}] have no product`);
  return [a[0], b[1]];
}

function inferGemm(inputs: readonly TensorType[], attrs: OpAttrs['Gemm']): readonly TensorType[] {
  expectInputs(inputs, 2, 3);
  const a = inputOf(inputs, 0, FLOATS);
  const shape = productDims(matrixDims(a, attrs.transA), matrixDims(inputOf(inputs, 1, [a.dtype]), attrs.transB));
  if (inputs.length === 3) {
    const c = inputOf(inputs, 2, [a.dtype]);
    if (!sameShape(broadcastShapes(c.shape, shape), shape)) {
      throw new ShapeError(`C [${c.shape.join(',')}] does not broadcast to [${shape.join(',')}]`);
    }
  }
  return [{ dtype: a.dtype, shape }];
}

/** alpha op(A) op(B) without C */
function product(b: GraphBuilder, a: Value, transA: boolean, c: Value, transB: boolean, alpha: number): Value {
  return b.op('Gemm', [a, c], { transA, transB, alpha, beta: 1 });
}

/**
 * dC for a bias column or row: the sum over the batch as a product with ones, so that an optimizer's slot can be folded
 * into it as C. Any other shape is left to the reverse walk.
 */
function summedLike(b: GraphBuilder, dy: Value, shape: Shape, beta: number): Value {
  const [rows, columns] = dy.shape as readonly [Dim, Dim];
  const ones = (ofShape: readonly [number, number]): Value => {
    const data = tensorData(dy.dtype, new Array<number>(ofShape[0] * ofShape[1]).fill(1));
    return b.constant({ dtype: dy.dtype, shape: ofShape }, data);
  };
  if (sameShape(shape, [rows, 1])) return product(b, dy, false, ones([fixedDim(columns), 1]), false, beta);
  if (sameShape(shape, [1, columns])) return product(b, ones([1, fixedDim(rows)]), false, dy, false, beta);
  return beta === 1 ? dy : b.op('Mul', [dy, b.scalar(dy.dtype, beta)]);
}

/**
 * With P = op(A) and Q = op(B): dP = alpha dY Q^T and dQ = alpha P^T dY, each transposed once more where op transposes.
 * Transposes are only flags, so no element moves. dC = beta dY.
 */
export const gemm: OpDef<'Gemm'> = {
  infer: inferGemm,
  grad: [
    ({ b, x, dy, attrs: { transA, transB, alpha } }) =>
      transA ? product(b, x[1]!, transB, dy, true, alpha) : product(b, dy, false, x[1]!, !transB, alpha),
    ({ b, x, dy, attrs: { transA, transB, alpha } }) =>
      transB ? product(b, dy, true, x[0]!, transA, alpha) : product(b, x[0]!, !transA, dy, false, alpha),
    ({ b, x, dy, attrs: { beta } }) => summedLike(b, dy, x[2]!.shape, beta),
  ],
  emit: (node) => ({
    opType: 'Gemm',
    inputs: node.inputs,
    attributes: {
      transA: intAttribute(node.attrs.transA),
      transB: intAttribute(node.attrs.transB),
      alpha: floatAttribute(node.attrs.alpha),
      beta: floatAttribute(node.attrs.beta),
    },
  }),
};

const leading = (shape: Shape): Shape => shape.slice(0, -2);

function swapLastTwo(b: GraphBuilder, value: Value): Value {
  const last = value.shape.length - 1;
  const perm = value.shape.map((_, axis) => (axis === last ? last - 1 : axis === last - 1 ? last : axis));
  return b.op('Transpose', [value], { perm });
}

/** dA = dY B^T, dB = A^T dY, over leading axes that broadcast */
export const matMul: OpDef<'MatMul'> = {
  infer: (inputs) => {
    expectInputs(inputs, 2);
    const a = inputOf(inputs, 0, FLOATS);
    const b = inputOf(inputs, 1, [a.dtype]);
    const matrix = (input: TensorType): TensorType => ({ dtype: input.dtype, shape: input.shape.slice(-2) });
    const dims = productDims(matrixDims(matrix(a), false), matrixDims(matrix(b), false));
    return [{ dtype: a.dtype, shape: [...broadcastShapes(leading(a.shape), leading(b.shape)), ...dims] }];
  },
  grad: [
    ({ b, x, dy }) => b.op('MatMul', [dy, swapLastTwo(b, x[1]!)]),
    ({ b, x, dy }) => b.op('MatMul', [swapLastTwo(b, x[0]!), dy]),
  ],
  emit: emitPlain('MatMul'),
};

/**
 * A convolution of width 1 is a matrix product, and this contributed one of onnxruntime's adds it to Z where Z lies: Gemm
 * copies C first. CPU provider only. Made by the compiler after differentiation.
 */
export const fusedConv: OpDef<'FusedConv'> = {
  infer: (inputs) => {
    expectInputs(inputs, 3);
    const [x, w, z] = [0, 1, 2].map((index) => inputOf(inputs, index, ['float32'])) as [
      TensorType,
      TensorType,
      TensorType,
    ];
    const fits =
      sameShape(w.shape, [z.shape[1]!, x.shape[1]!, 1]) &&
      sameShape(x.shape, [1, w.shape[1]!, z.shape[2]!]) &&
      z.shape[0] === 1;
    if (!fits) {
      throw new ShapeError(
        `x [${x.shape.join(',')}], w [${w.shape.join(',')}], z [${z.shape.join(',')}] do not go together`,
      );
    }
    return [z];
  },
  grad: NOT_DIFFERENTIABLE,
  emit: ({ inputs: [x, w, z] }) => ({
    opType: 'FusedConv',
    domain: 'com.microsoft',
    inputs: [x!, w!, null, z!],
    attributes: { kernel_shape: intsAttribute([1]) },
  }),
};
