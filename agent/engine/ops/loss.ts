/** Softmax, and softmax with cross-entropy as one rule. */
import { type GraphBuilder, type OpDef, ShapeError } from '../ir/op.ts';
import { fixedDim, tensorData, type Value } from '../ir/types.ts';
import { emitPlain, intAttribute, stringAttribute } from './emission.ts';
import { checkAxes, expectInputs, FLOATS, INDICES, inputOf } from './shape-rules.ts';

/** dx = y * (dy - sum(dy * y)) */
export const softmax: OpDef<'Softmax'> = {
  infer: (inputs, { axis }) => {
    expectInputs(inputs, 1);
    const x = inputOf(inputs, 0, FLOATS);
    checkAxes(x.shape, [axis]);
    return [x];
  },
  grad: [
    ({ b, y, dy, attrs }) => {
      const mean = b.op('ReduceSum', [b.op('Mul', [dy, y[0]!])], { axes: [attrs.axis], keepDims: true });
      return b.op('Mul', [y[0]!, b.op('Sub', [dy, mean])]);
    },
  ],
  emit: (node) => ({ opType: 'Softmax', inputs: node.inputs, attributes: { axis: intAttribute(node.attrs.axis) } }),
};

/** One-hot rows, times `scale`: rows of a scaled unit matrix, which is the same at every step. */
function scaledOneHot(b: GraphBuilder, labels: Value, classes: number, scale: Value): Value {
  const unit = Array.from({ length: classes * classes }, (_, i) => (i % (classes + 1) === 0 ? 1 : 0));
  const eye = b.constant({ dtype: scale.dtype, shape: [classes, classes] }, tensorData(scale.dtype, unit));
  return b.op('Gather', [b.op('Mul', [eye, scale]), labels], { axis: 0 });
}

/**
 * Fused because the two gradients cancel: dz = (softmax(z) - onehot(labels)) * dy / rows, exact where a composition
 * would divide by a probability that has underflowed. The scale is applied to both terms apart, so that with a `dy` that
 * does not change from step to step only one pass over the scores carries it.
 */
export const softmaxCrossEntropy: OpDef<'SoftmaxCrossEntropy'> = {
  infer: (inputs, { reduction }) => {
    expectInputs(inputs, 2);
    const z = inputOf(inputs, 0, FLOATS);
    const labels = inputOf(inputs, 1, INDICES);
    if (z.shape.length !== 2 || labels.shape.length !== 1 || z.shape[0] !== labels.shape[0]) {
      throw new ShapeError(`scores [${z.shape.join(',')}] and labels [${labels.shape.join(',')}] do not go together`);
    }
    return [{ dtype: z.dtype, shape: reduction === 'none' ? labels.shape : [] }, z];
  },
  grad: [
    ({ b, x, y, dy, attrs }) => {
      const [rows, classes] = x[0]!.shape.map(fixedDim) as [number, number];
      const probabilities = b.op('Exp', [y[1]!]);
      if (attrs.reduction === 'mean') {
        const scale = b.op('Mul', [dy, b.scalar(dy.dtype, 1 / rows)]);
        return b.op('Sub', [b.op('Mul', [probabilities, scale]), scaledOneHot(b, x[1]!, classes, scale)]);
      }
      const one = b.scalar(dy.dtype, 1);
      const difference = b.op('Sub', [probabilities, scaledOneHot(b, x[1]!, classes, one)]);
      return b.op('Mul', [difference, b.op('Reshape', [dy], { shape: [rows, 1] })]);
    },
    null,
  ],
  emit: (node) => ({
    ...emitPlain('SoftmaxCrossEntropyLoss')(node),
    attributes: { reduction: stringAttribute(node.attrs.reduction) },
  }),
};
