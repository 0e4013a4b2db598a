/** `torch.nn.MaxPool2d` and `AvgPool2d`, and means and maxima of whole channels. */
import type { AvgPool2dConfig, LayerConfig, MaxPool2dConfig } from '../../../shared/sweep/train.ts';
import type { GraphBuilder, WindowAttrs } from '../ir/op.ts';
import type { Value } from '../ir/types.ts';
import { imageShape } from './conv2d.ts';
import { type Features, type LayerDef, type Layout, NOTHING_LEARNED } from './layer.ts';
import { inLayout, shapedAs } from './layout.ts';

function windowOf({ kernelSize, stride, padding }: MaxPool2dConfig | AvgPool2dConfig, layout: Layout): WindowAttrs {
  const pads = [padding[0], padding[1], padding[0], padding[1]] as const;
  return { layout, kernel: kernelSize, stride, pads, dilation: [1, 1] };
}

export const maxPool2d: LayerDef<MaxPool2dConfig> = {
  ...NOTHING_LEARNED,
  settles: 'columns',
  build: ({ b }, { config, inputShape, outputShape, layout }, input) => {
    const x = shapedAs(b, inLayout(b, input, layout), imageShape(inputShape));
    const window = windowOf(config, layout);
    // Exported models keep the order in which the layers were written.
    const value = layout === 'rows' ? b.op('MaxPool2d', [x.value], window) : pooledEarly(b, x.value, window);
    return { value, layout, shape: outputShape };
  },
};

/**
 * The maximum in front of a ReLU and of a convolution's bias: both are monotone, so nothing changes, not even by rounding,
 * but there is less left to add to, to cut off, and to go back through.
 */
function pooledEarly(b: GraphBuilder, x: Value, window: WindowAttrs): Value {
  const relu = b.producerOf(x);
  if (relu?.op !== 'Relu') return b.op('MaxPool2d', [x], window);
  const conv = b.producerOf(relu.inputs[0]!);
  if (conv?.op !== 'Conv2d' || conv.inputs.length < 3) {
    return b.op('Relu', [b.op('MaxPool2d', [relu.inputs[0]!], window)]);
  }
  const [image, weight, bias] = conv.inputs as [Value, Value, Value];
  const pooled = b.op('MaxPool2d', [b.op('Conv2d', [image, weight], conv.attrs)], window);
  const added = b.op('Reshape', [bias], { shape: [bias.shape[0]!, 1, 1, 1] });
  return b.op('Relu', [b.op('Add', [pooled, added])]);
}

export const avgPool2d: LayerDef<AvgPool2dConfig> = {
  ...NOTHING_LEARNED,
  settles: 'columns',
  build: ({ b }, { config, inputShape, outputShape, layout }, input) => {
    const x = shapedAs(b, inLayout(b, input, layout), imageShape(inputShape));
    const attrs = { ...windowOf(config, layout), countIncludePad: config.countIncludePad };
    return { value: b.op('AvgPool2d', [x.value], attrs), layout, shape: outputShape };
  },
};

type Whole = 'global_avg_pool' | 'global_max_pool';

/** `x.mean((-2, -1))` and `x.amax((-2, -1))`: equal maxima share the gradient. */
export function globalPool<T extends Whole>(type: T): LayerDef<Extract<LayerConfig, { readonly type: T }>> {
  return {
    ...NOTHING_LEARNED,
    settles: 'columns',
    build: ({ b }, { inputShape, outputShape, layout }, input): Features => {
      const x = shapedAs(b, inLayout(b, input, layout), imageShape(inputShape));
      const axes = layout === 'rows' ? [2, 3] : [1, 2];
      const op = type === 'global_avg_pool' ? 'ReduceMean' : 'ReduceMax';
      return { value: b.op(op, [x.value], { axes, keepDims: false }), layout, shape: outputShape };
    },
  };
}
