/** Activations as PyTorch defines them, gradients at their kinks included. */
import type { Activation, LayerConfig } from '../../../shared/sweep/train.ts';
import { asFlat, type Features } from './features.ts';
import type { Tensor, Tf } from './load.ts';

type ActivationConfig = Extract<LayerConfig, { readonly type: Activation }>;

export function activate(tf: Tf, activation: Activation, input: Features): Features {
  return applyActivation(tf, { type: activation }, input);
}

export function applyActivation(tf: Tf, config: ActivationConfig, input: Features): Features {
  const { value } = input;
  switch (config.type) {
    case 'relu':
      return { ...input, value: tf.relu(value) };
    case 'sigmoid':
      return { ...input, value: tf.sigmoid(value) };
    case 'tanh':
      return { ...input, value: tf.tanh(value) };
    case 'softplus':
      return { ...input, value: tf.softplus(value) };
    case 'silu':
      return { ...input, value: tf.mul(value, tf.sigmoid(value)) };
    case 'leaky_relu': {
      // `step` is one of the few comparisons through which TensorFlow.js differentiates.
      const slope = config.negativeSlope ?? 0.01;
      return { ...input, value: tf.mul(value, tf.add(tf.mul(tf.step(value), 1 - slope), slope)) };
    }
    case 'elu': {
      const below = tf.mul(tf.expm1(tf.minimum(value, 0)), config.alpha ?? 1);
      return { ...input, value: tf.add(tf.relu(value), below) };
    }
    case 'gelu':
      return { ...input, value: config.approximate === 'tanh' ? geluTanh(tf, value) : gelu(tf, value) };
    case 'softmax':
      return alongChannels(tf, input, (scores) => tf.softmax(scores));
    case 'log_softmax':
      return alongChannels(tf, input, (scores) => tf.logSoftmax(scores));
    default:
      return config satisfies never;
  }
}

/** x P(X <= x) of the normal distribution. */
function gelu(tf: Tf, x: Tensor): Tensor {
  return tf.mul(tf.mul(x, 0.5), tf.add(tf.erf(tf.mul(x, Math.SQRT1_2)), 1));
}

function geluTanh(tf: Tf, x: Tensor): Tensor {
  const cubic = tf.add(x, tf.mul(tf.mul(tf.mul(x, x), x), 0.044715));
  return tf.mul(tf.mul(x, 0.5), tf.add(tf.tanh(tf.mul(cubic, Math.sqrt(2 / Math.PI))), 1));
}

/** Over the first dimension of an example (dim 1 of the batch), which has to be the last of a tensor here. */
function alongChannels(tf: Tf, input: Features, apply: (value: Tensor) => Tensor): Features {
  if (input.form === 'image' || input.shape.length === 1) return { ...input, value: apply(input.value) };
  const channels = input.shape[0]!;
  const { value } = asFlat(tf, input);
  const first = tf.reshape(value, [value.shape[0]!, channels, -1]);
  const last = apply(tf.transpose(first, [0, 2, 1]));
  return { ...input, value: tf.reshape(tf.transpose(last, [0, 2, 1]), value.shape) };
}
