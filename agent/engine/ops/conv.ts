/** Two-dimensional convolution and its gradients. */
import { type ConvAttrs, NOT_DIFFERENTIABLE, type OpDef, ShapeError } from '../ir/op.ts';
import { elementCount, fixedDim, type Shape, sameShape, type TensorType } from '../ir/types.ts';
import { intAttribute, intsAttribute } from './emission.ts';
import { expectInputs, FLOATS, inputOf } from './shape-rules.ts';
import { expectRows, imageOf, type Layout, shapeOfImage, windowAttributes, windowOutput } from './window.ts';

/** The shape of a weight in its layout; the elements are PyTorch's `[outputs, channels / group, height, width]`. */
function weightShape(outputs: number, channels: number, { layout, kernel, group }: ConvAttrs): Shape {
  if (channels % group !== 0 || outputs % group !== 0) {
    throw new ShapeError(`${channels} and ${outputs} channels do not part into ${group} groups`);
  }
  const full = [outputs, channels / group, ...kernel];
  return layout === 'rows' ? full : [outputs, elementCount(full) / outputs];
}

const biasShape = (outputs: number, layout: Layout): Shape => (layout === 'rows' ? [outputs] : [outputs, 1]);

function expectShape(what: string, type: TensorType, shape: Shape): void {
  if (!sameShape(type.shape, shape)) {
    throw new ShapeError(`${what} is [${type.shape.join(',')}], not [${shape.join(',')}]`);
  }
}

export const conv2d: OpDef<'Conv2d'> = {
  infer: (inputs, attrs) => {
    expectInputs(inputs, 2, 3);
    const x = inputOf(inputs, 0, FLOATS);
    const w = inputOf(inputs, 1, [x.dtype]);
    const image = imageOf(x, attrs.layout);
    const channels = fixedDim(w.shape[0]);
    expectShape('the weight', w, weightShape(channels, image.channels, attrs));
    if (inputs.length === 3) expectShape('the bias', inputOf(inputs, 2, [x.dtype]), biasShape(channels, attrs.layout));
    const [height, width] = windowOutput(attrs, image);
    return [{ dtype: x.dtype, shape: shapeOfImage({ batch: image.batch, channels, height, width }, attrs.layout) }];
  },
  grad: [
    ({ b, x, dy, attrs }) => {
      const { height, width } = imageOf(x[0]!, attrs.layout);
      return b.op('Conv2dInputGrad', [dy, x[1]!], { ...attrs, size: [height, width] });
    },
    ({ b, x, dy, attrs }) => b.op('Conv2dWeightGrad', [x[0]!, dy], attrs),
    ({ b, dy, attrs: { layout } }) => b.op('Conv2dBiasGrad', [dy], { layout }),
  ],
  emit: ({ inputs, attrs }) => {
    expectRows(attrs.layout, 'Conv2d');
    return {
      opType: 'Conv',
      inputs,
      attributes: { ...windowAttributes(attrs), ...(attrs.group === 1 ? {} : { group: intAttribute(attrs.group) }) },
    };
  },
};

/** dX: a transposed convolution with the same weight. */
export const conv2dInputGrad: OpDef<'Conv2dInputGrad'> = {
  infer: (inputs, attrs) => {
    expectInputs(inputs, 2);
    const dy = inputOf(inputs, 0, FLOATS);
    const w = inputOf(inputs, 1, [dy.dtype]);
    const [height, width] = attrs.size;
    const output = imageOf(dy, attrs.layout);
    const kernel = attrs.kernel[0] * attrs.kernel[1];
    const channels = (elementCount(w.shape) / output.channels / kernel) * attrs.group;
    expectShape('the weight', w, weightShape(output.channels, channels, attrs));
    if (!sameShape(windowOutput(attrs, { height, width }), [output.height, output.width])) {
      throw new ShapeError(`[${dy.shape.join(',')}] is not what [${height},${width}] gives`);
    }
    return [{ dtype: dy.dtype, shape: shapeOfImage({ batch: output.batch, channels, height, width }, attrs.layout) }];
  },
  grad: NOT_DIFFERENTIABLE,
  emit: ({ inputs, attrs }) => {
    expectRows(attrs.layout, 'Conv2dInputGrad');
    const { kernel, stride, pads, dilation, group, size } = attrs;
    // What the last window did not reach.
    const beyond = size.map(
      (extent, axis) =>
        (extent + pads[axis]! + pads[axis + 2]! - dilation[axis]! * (kernel[axis]! - 1) - 1) % stride[axis]!,
    );
    return {
      opType: 'ConvTranspose',
      inputs,
      attributes: {
        ...windowAttributes(attrs),
        group: intAttribute(group),
        ...(beyond.some((count) => count > 0) ? { output_padding: intsAttribute(beyond) } : {}),
      },
    };
  },
};

/** dW; the compiler makes convolutions or matrix products of it in either layout. */
export const conv2dWeightGrad: OpDef<'Conv2dWeightGrad'> = {
  infer: (inputs, attrs) => {
    expectInputs(inputs, 2);
    const x = inputOf(inputs, 0, FLOATS);
    const dy = inputOf(inputs, 1, [x.dtype]);
    const image = imageOf(x, attrs.layout);
    const output = imageOf(dy, attrs.layout);
    if (!sameShape(windowOutput(attrs, image), [output.height, output.width]) || image.batch !== output.batch) {
      throw new ShapeError(`[${dy.shape.join(',')}] is not what [${x.shape.join(',')}] gives`);
    }
    return [{ dtype: x.dtype, shape: weightShape(output.channels, image.channels, attrs) }];
  },
  grad: NOT_DIFFERENTIABLE,
  emit: () => {
    throw new Error('Conv2dWeightGrad was not lowered');
  },
};

export const conv2dBiasGrad: OpDef<'Conv2dBiasGrad'> = {
  infer: (inputs, { layout }) => {
    expectInputs(inputs, 1);
    const dy = inputOf(inputs, 0, FLOATS);
    return [{ dtype: dy.dtype, shape: biasShape(imageOf(dy, layout).channels, layout) }];
  },
  grad: NOT_DIFFERENTIABLE,
  emit: () => {
    throw new Error('Conv2dBiasGrad was not lowered');
  },
};
