/** Batch norm and layer norm as PyTorch computes them: biased variance, but unbiased in the running statistics. */
import { elementsOf } from '../../../shared/model/output-shape.ts';
import type { BatchNormConfig, LayerNormConfig } from '../../../shared/sweep/train.ts';
import { asFlat, asImage, type Features, flat } from './features.ts';
import type { LayerTensors } from './layer-context.ts';
import type { Tensor, Tf } from './load.ts';

/** Statistics over the batch and all places of a channel; running ones outside training and where there is one value. */
export function batchNorm(tensors: LayerTensors, config: BatchNormConfig, input: Features): Features {
  const { tf, parameter } = tensors;
  const channelled = byChannel(tf, input);
  const { value, axes, broadcast } = channelled;
  const along = (tensor: Tensor): Tensor => tf.reshape(tensor, broadcast);
  const count = axes.reduce((product, axis) => product * value.shape[axis]!, 1);
  const { mean, variance } =
    tensors.training && count > 1
      ? batchStatistics(tensors, config, channelled, count)
      : { mean: along(parameter('running_mean')), variance: along(parameter('running_var')) };
  const normal = tf.div(tf.sub(value, mean), tf.sqrt(tf.add(variance, config.eps)));
  const result = config.affine ? tf.add(tf.mul(normal, along(parameter('weight'))), along(parameter('bias'))) : normal;
  return { ...channelled.features, value: tf.reshape(result, channelled.features.value.shape) };
}

interface Channelled {
  readonly features: Features;
  readonly value: Tensor;
  /** All but the channels. */
  readonly axes: number[];
  readonly broadcast: number[];
}

function byChannel(tf: Tf, input: Features): Channelled {
  const [channels] = input.shape as [number];
  if (input.shape.length === 3) {
    const features = asImage(tf, input);
    return { features, value: features.value, axes: [0, 1, 2], broadcast: [1, 1, 1, channels] };
  }
  const features = asFlat(tf, input);
  if (input.shape.length === 1) return { features, value: features.value, axes: [0], broadcast: [1, channels] };
  const value = tf.reshape(features.value, [-1, channels, elementsOf(input.shape) / channels]);
  return { features, value, axes: [0, 2], broadcast: [1, channels, 1] };
}

function batchStatistics(
  { tf, parameter, update }: LayerTensors,
  { momentum }: BatchNormConfig,
  { value, axes }: Channelled,
  count: number,
): { readonly mean: Tensor; readonly variance: Tensor } {
  const mean = tf.mean(value, axes, true);
  const variance = tf.mean(tf.square(tf.sub(value, mean)), axes, true);
  const blend = (name: string, now: Tensor): void => {
    const before = parameter(name);
    const next = tf.add(tf.mul(before, 1 - momentum), tf.mul(tf.reshape(now, before.shape), momentum));
    update(name, next);
  };
  blend('running_mean', mean);
  blend('running_var', tf.mul(variance, count / (count - 1)));
  return { mean, variance };
}

/** Over all features of an example; weight and bias have its shape. */
export function layerNorm({ tf, parameter }: LayerTensors, config: LayerNormConfig, input: Features): Features {
  const { value } = asFlat(tf, input);
  const mean = tf.mean(value, 1, true);
  const centered = tf.sub(value, mean);
  const variance = tf.mean(tf.square(centered), 1, true);
  const normal = tf.div(centered, tf.sqrt(tf.add(variance, config.eps)));
  if (!config.affine) return flat(normal, input.shape);
  const each = (name: string): Tensor => tf.reshape(parameter(name), [1, -1]);
  return flat(tf.add(tf.mul(normal, each('weight')), each('bias')), input.shape);
}
