/** Layers that slide a window over an image: convolution and pooling. */
import type { AvgPool2dConfig, Conv2dConfig, MaxPool2dConfig, Pair } from '../../sweep/train.ts';
import { checkWeights, checkWhole, type ExampleShape, imageShape, type Refuse, shapeText } from '../example-shape.ts';

/** Spatial extent of `torch.nn.Conv2d`: floor((in + 2 padding - dilation (kernel - 1) - 1) / stride) + 1. */
export function convShape(config: Conv2dConfig, inputShape: ExampleShape, refuse: Refuse): ExampleShape {
  const { outChannels, kernelSize, stride, padding, dilation, groups } = config;
  checkWhole({ out_channels: outChannels, kernel_size: kernelSize, stride, dilation, groups }, 1, refuse);
  const [channels, height, width] = imageShape(inputShape, refuse);
  if (channels % groups !== 0 || outChannels % groups !== 0) {
    const message = `makes ${outChannels} channels of the ${channels} of ${shapeText(inputShape)} in ${groups} groups`;
    throw refuse('E_MODEL_GROUPS', message, 'use a number of groups that divides both');
  }
  const weights = (channels / groups) * outChannels * kernelSize[0] * kernelSize[1];
  if (padding === 'same') {
    if (stride[0] !== 1 || stride[1] !== 1) {
      const message = `pads to the same size with a stride of ${shapeText(stride)}`;
      throw refuse('E_MODEL_PADDING', message, 'give the padding as a number, or use a stride of 1');
    }
    checkWeights(weights, inputShape, [outChannels, height, width], refuse);
    return [outChannels, height, width];
  }
  checkWhole({ padding }, 0, refuse);
  const extent: Pair = [dilation[0] * (kernelSize[0] - 1) + 1, dilation[1] * (kernelSize[1] - 1) + 1];
  const output = [outChannels, ...slide({ size: [height, width], extent, stride, padding }, inputShape, refuse)];
  checkWeights(weights, inputShape, output, refuse);
  return output;
}

/** As `torch.nn.MaxPool2d`, without ceil_mode. */
export function poolShape(
  { kernelSize, stride, padding }: MaxPool2dConfig | AvgPool2dConfig,
  inputShape: ExampleShape,
  refuse: Refuse,
): ExampleShape {
  checkWhole({ kernel_size: kernelSize, stride }, 1, refuse);
  checkWhole({ padding }, 0, refuse);
  const [channels, height, width] = imageShape(inputShape, refuse);
  if (padding[0] > kernelSize[0] / 2 || padding[1] > kernelSize[1] / 2) {
    const message = `has a padding of ${shapeText(padding)} for a kernel of ${shapeText(kernelSize)}`;
    throw refuse('E_MODEL_PADDING', message, 'pad by at most half of the kernel, or windows would lie outside');
  }
  return [channels, ...slide({ size: [height, width], extent: kernelSize, stride, padding }, inputShape, refuse)];
}

export function globalPoolShape(inputShape: ExampleShape, refuse: Refuse): ExampleShape {
  return [imageShape(inputShape, refuse)[0]];
}

interface Window {
  readonly size: Pair;
  /** What the kernel covers, holes of dilation counted. */
  readonly extent: Pair;
  readonly stride: Pair;
  readonly padding: Pair;
}

function slide({ size, extent, stride, padding }: Window, inputShape: ExampleShape, refuse: Refuse): Pair {
  const padded: Pair = [size[0] + 2 * padding[0], size[1] + 2 * padding[1]];
  if (extent[0] > padded[0] || extent[1] > padded[1]) {
    const isPadded = padding[0] > 0 || padding[1] > 0;
    const input = isPadded ? `${shapeText(padded)} (${shapeText(inputShape)} padded)` : shapeText(inputShape);
    throw refuse(
      'E_MODEL_SHAPE',
      `has a kernel of ${shapeText(extent)}, larger than its input of ${input}`,
      'use a smaller kernel, more padding, or fewer layers that shrink the image before it',
    );
  }
  const steps = (axis: 0 | 1) => Math.floor((padded[axis] - extent[axis]) / stride[axis]) + 1;
  return [steps(0), steps(1)];
}
