/** `torch.nn.Conv2d` and the poolings on `[batch, height, width, channels]`. */
import type { AvgPool2dConfig, Conv2dConfig, MaxPool2dConfig, Pair } from '../../../shared/sweep/train.ts';
import type { Tensor, Tf } from './load.ts';

type Image = import('@tensorflow/tfjs').Tensor4D;

/** Before and after, of rows and of columns. */
type Pads = readonly [top: number, bottom: number, left: number, right: number];

function padsOf({ padding, kernelSize, dilation }: Conv2dConfig): Pads {
  if (padding !== 'same') return [padding[0], padding[0], padding[1], padding[1]];
  const [rows, columns] = [0, 1].map((axis) => dilation[axis]! * (kernelSize[axis]! - 1)) as [number, number];
  // An odd one goes to the end, as in PyTorch.
  return [Math.floor(rows / 2), Math.ceil(rows / 2), Math.floor(columns / 2), Math.ceil(columns / 2)];
}

function pad(tf: Tf, value: Tensor, [top, bottom, left, right]: Pads, filler: number): Image {
  if (top + bottom + left + right === 0) return value as Image;
  const pads: [number, number][] = [
    [0, 0],
    [top, bottom],
    [left, right],
    [0, 0],
  ];
  return tf.pad(value as Image, pads, filler);
}

/** `weight`: `[height, width, in / groups, out]`. */
export function conv2d(tf: Tf, value: Tensor, weight: Tensor, config: Conv2dConfig): Tensor {
  const { groups, stride } = config;
  const kernel = dilated(tf, weight, config.dilation) as Image;
  const pads = padsOf(config);
  const own = keepsSize(pads, kernel, stride);
  const x = own ? (value as Image) : pad(tf, value, pads, 0);
  const convolve = (image: Image, filter: Image): Image =>
    tf.conv2d(image, filter, [...stride], own ? 'same' : 'valid');
  if (groups === 1) return convolve(x, kernel);
  const inputs = tf.split(x, groups, 3) as Image[];
  const filters = tf.split(kernel, groups, 3) as Image[];
  return tf.concat(
    inputs.map((input, group) => convolve(input, filters[group]!)),
    3,
  );
}

/** Whether TensorFlow's own `same` pads as much, which saves the copy. */
function keepsSize([top, bottom, left, right]: Pads, { shape: [rows, columns] }: Image, stride: Pair): boolean {
  return (
    stride.every((step) => step === 1) &&
    top === bottom &&
    left === right &&
    2 * top === rows - 1 &&
    2 * left === columns - 1
  );
}

/** With zeros between its taps: TensorFlow.js has no gradient for dilations. */
function dilated(tf: Tf, weight: Tensor, [down, right]: Pair): Tensor {
  if (down === 1 && right === 1) return weight;
  const [rows, columns, inputs, outputs] = weight.shape as [number, number, number, number];
  const tall = spread(tf, tf.reshape(weight, [rows, columns * inputs * outputs]), down);
  const sides = tf.transpose(tf.reshape(tall, [-1, columns, inputs * outputs]), [1, 0, 2]);
  const height = sides.shape[1]!;
  const wide = spread(tf, tf.reshape(sides, [columns, height * inputs * outputs]), right);
  const whole = tf.transpose(tf.reshape(wide, [-1, height, inputs * outputs]), [1, 0, 2]);
  return tf.reshape(whole, [height, -1, inputs, outputs]);
}

/** `[n, m]` to `[(n - 1) * step + 1, m]`. */
function spread(tf: Tf, rows: Tensor, step: number): Tensor {
  const [count, width] = rows.shape as [number, number];
  const zeros = tf.zeros([count, (step - 1) * width]);
  const all = tf.reshape(tf.concat([rows, zeros], 1), [count * step, width]);
  return tf.slice(all, [0, 0], [(count - 1) * step + 1, width]);
}

type PoolConfig = Pick<MaxPool2dConfig, 'kernelSize' | 'stride' | 'padding'>;

const poolPads = ({ padding: [rows, columns] }: PoolConfig): Pads => [rows, rows, columns, columns];

export function maxPool2d(tf: Tf, value: Tensor, config: PoolConfig): Tensor {
  const padded = pad(tf, value, poolPads(config), Number.NEGATIVE_INFINITY);
  return tf.maxPool(padded, [...config.kernelSize], [...config.stride], 'valid');
}

export function avgPool2d(tf: Tf, value: Tensor, config: Omit<AvgPool2dConfig, 'type'>): Tensor {
  const average = (image: Image): Image => tf.avgPool(image, [...config.kernelSize], [...config.stride], 'valid');
  const means = average(pad(tf, value, poolPads(config), 0));
  if (config.countIncludePad || config.padding.every((size) => size === 0)) return means;
  const [, rows, columns] = value.shape as [number, number, number];
  const shares = average(pad(tf, tf.ones([1, rows, columns, 1]), poolPads(config), 0));
  return tf.div(means, shares);
}
