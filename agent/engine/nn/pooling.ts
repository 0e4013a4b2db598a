/** `torch.nn.MaxPool2d` and `AvgPool2d`, and means and maxima of whole channels. */
import type { AvgPool2dConfig, LayerConfig, MaxPool2dConfig } from '../../../shared/sweep/train.ts';
import type { WindowAttrs } from '../ir/op.ts';
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
    return { value: b.op('MaxPool2d', [x.value], windowOf(config, layout)), layout, shape: outputShape };
  },
};

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
