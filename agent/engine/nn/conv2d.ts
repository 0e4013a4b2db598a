/** `torch.nn.Conv2d`; an image without channels, `[height, width]`, has one. */
import type { Conv2dConfig } from '../../../shared/sweep/train.ts';
import type { ConvAttrs, WindowAttrs } from '../ir/op.ts';
import { activateWith } from './activations.ts';
import { initialBias, initialWeight } from './init.ts';
import type { LayerDef, Layout, ParameterSpec } from './layer.ts';
import { inLayout, shapedAs } from './layout.ts';

/** `[channels, height, width]` */
export const imageShape = (shape: readonly number[]): readonly [number, number, number] =>
  (shape.length === 2 ? [1, ...shape] : shape) as [number, number, number];

/** Above, left, below, right. What `same` adds is split in half, the odd one below and right, as in PyTorch. */
function padsOf({ padding, dilation, kernelSize }: Conv2dConfig): WindowAttrs['pads'] {
  if (padding !== 'same') return [padding[0], padding[1], padding[0], padding[1]];
  const [height, width] = kernelSize.map((size, axis) => dilation[axis]! * (size - 1)) as [number, number];
  const [above, left] = [Math.floor(height / 2), Math.floor(width / 2)];
  return [above, left, height - above, width - left];
}

export function convAttrs(config: Conv2dConfig, layout: Layout): ConvAttrs {
  const { kernelSize: kernel, stride, dilation, groups: group } = config;
  return { layout, kernel, stride, pads: padsOf(config), dilation, group };
}

export const conv2d: LayerDef<Conv2dConfig> = {
  settles: 'columns',

  parameters: ({ config, name, inputShape, layout }) => {
    const { outChannels, kernelSize, groups, init } = config;
    const kernel = kernelSize[0] * kernelSize[1];
    const channels = imageShape(inputShape)[0] / groups;
    const fans = { fanIn: channels * kernel, fanOut: outChannels * kernel };
    const shape = [outChannels, channels, ...kernelSize];
    const weight: ParameterSpec = {
      name: `${name}.weight`,
      shape,
      graphShape: layout === 'columns' ? [outChannels, channels * kernel] : shape,
      initial: initialWeight(init, fans),
      trainable: true,
    };
    if (config.bias === false) return [weight];
    const bias: ParameterSpec = {
      name: `${name}.bias`,
      shape: [outChannels],
      graphShape: layout === 'columns' ? [outChannels, 1] : [outChannels],
      initial: initialBias(init, fans),
      trainable: true,
    };
    return [weight, bias];
  },

  hyper: () => ({}),
  keys: () => [],

  build: (context, { config, name, inputShape, outputShape, layout }, input) => {
    const { b, parameter } = context;
    const x = shapedAs(b, inLayout(b, input, layout), imageShape(inputShape));
    const bias = config.bias === false ? [] : [parameter(`${name}.bias`)];
    const value = b.op('Conv2d', [x.value, parameter(`${name}.weight`), ...bias], convAttrs(config, layout));
    const output = { value, layout, shape: outputShape };
    return activateWith(context, config.activation, output);
  },
};
