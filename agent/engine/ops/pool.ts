/** Pooling over windows and its gradients. */
import { NOT_DIFFERENTIABLE, type OpDef, ShapeError, type WindowAttrs } from '../ir/op.ts';
import { sameShape, type TensorType } from '../ir/types.ts';
import { intAttribute } from './emission.ts';
import { expectInputs, FLOATS, inputOf } from './shape-rules.ts';
import { expectRows, imageOf, shapeOfImage, windowAttributes, windowOutput } from './window.ts';

function pooled(x: TensorType, attrs: WindowAttrs): TensorType {
  const image = imageOf(x, attrs.layout);
  const [height, width] = windowOutput(attrs, image);
  return { dtype: x.dtype, shape: shapeOfImage({ ...image, height, width }, attrs.layout) };
}

export const maxPool2d: OpDef<'MaxPool2d'> = {
  infer: (inputs, attrs) => {
    expectInputs(inputs, 1);
    return [pooled(inputOf(inputs, 0, FLOATS), attrs)];
  },
  grad: [({ b, x, y, dy, attrs }) => b.op('MaxPool2dGrad', [x[0]!, y[0]!, dy], attrs)],
  emit: ({ inputs, attrs }) => {
    expectRows(attrs.layout, 'MaxPool2d');
    return { opType: 'MaxPool', inputs, attributes: windowAttributes(attrs) };
  },
};

export const maxPool2dGrad: OpDef<'MaxPool2dGrad'> = {
  infer: (inputs, attrs) => {
    expectInputs(inputs, 3);
    const x = inputOf(inputs, 0, FLOATS);
    const expected = pooled(x, attrs);
    for (const at of [1, 2]) {
      const other = inputOf(inputs, at, [x.dtype]);
      if (sameShape(other.shape, expected.shape)) continue;
      throw new ShapeError(`[${other.shape.join(',')}] is not what [${x.shape.join(',')}] gives`);
    }
    return [x];
  },
  grad: NOT_DIFFERENTIABLE,
  emit: () => {
    throw new Error('MaxPool2dGrad was not lowered');
  },
};

export const avgPool2d: OpDef<'AvgPool2d'> = {
  infer: (inputs, attrs) => {
    expectInputs(inputs, 1);
    return [pooled(inputOf(inputs, 0, FLOATS), attrs)];
  },
  grad: [
    ({ b, x, dy, attrs }) => {
      const { height, width } = imageOf(x[0]!, attrs.layout);
      return b.op('AvgPool2dGrad', [dy], { ...attrs, size: [height, width] });
    },
  ],
  emit: ({ inputs, attrs }) => {
    expectRows(attrs.layout, 'AvgPool2d');
    const count = { count_include_pad: intAttribute(attrs.countIncludePad) };
    return { opType: 'AveragePool', inputs, attributes: { ...windowAttributes(attrs), ...count } };
  },
};

export const avgPool2dGrad: OpDef<'AvgPool2dGrad'> = {
  infer: (inputs, attrs) => {
    expectInputs(inputs, 1);
    const dy = inputOf(inputs, 0, FLOATS);
    const output = imageOf(dy, attrs.layout);
    const [height, width] = attrs.size;
    if (!sameShape(windowOutput(attrs, { height, width }), [output.height, output.width])) {
      throw new ShapeError(`[${dy.shape.join(',')}] is not what [${height},${width}] gives`);
    }
    return [{ dtype: dy.dtype, shape: shapeOfImage({ ...output, height, width }, attrs.layout) }];
  },
  grad: NOT_DIFFERENTIABLE,
  emit: () => {
    throw new Error('AvgPool2dGrad was not lowered');
  },
};
