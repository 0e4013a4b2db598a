/** Networks of tfjs made from the same configuration and weights, in pure JavaScript: other code, other gradients. */
import * as tf from '@tensorflow/tfjs';
import type { ParameterTensor, Structure } from '../../agent/engine/port.ts';
import type { Activation, BatchNormConfig, Conv2dConfig, LayerConfig, LossConfig } from '../../shared/sweep/train.ts';

type Weights = ReadonlyMap<string, tf.Variable>;

const ACTIVATIONS: Readonly<Record<Activation, (x: tf.Tensor, config?: LayerConfig) => tf.Tensor>> = {
  relu: tf.relu,
  sigmoid: tf.sigmoid,
  tanh: tf.tanh,
  softplus: tf.softplus,
  elu: tf.elu,
  leaky_relu: (x, config) => tf.leakyRelu(x, (config as { negativeSlope?: number } | undefined)?.negativeSlope ?? 0.01),
  silu: (x) => x.mul(tf.sigmoid(x)),
  gelu: (x) => x.mul(tf.erf(x.div(Math.SQRT2)).add(1)).div(2),
  softmax: (x) => tf.softmax(x),
  log_softmax: (x) => tf.logSoftmax(x),
};

const isActivation = (type: string): type is Activation => type in ACTIVATIONS;

/** Running means and variances, as training leaves them. */
export type Running = Map<string, Float32Array>;

/** `[batch, ...]` in, scores out; statistics of batch norm go into `running`. */
export function forward(
  layers: readonly LayerConfig[],
  weights: Weights,
  input: tf.Tensor,
  running: Running,
  prefix = '',
): tf.Tensor {
  return layers.reduce((x, config, index) => layerOf(config, `${prefix}${index}`, weights, x, running), input);
}

function layerOf(config: LayerConfig, name: string, weights: Weights, x: tf.Tensor, running: Running): tf.Tensor {
  const weight = (word: string): tf.Tensor => weights.get(`${name}.${word}`)! as tf.Tensor;
  switch (config.type) {
    case 'dense': {
      const sums = tf.matMul(flat(x) as tf.Tensor2D, weight('weight') as tf.Tensor2D, false, true).add(weight('bias'));
      return config.activation === undefined ? sums : ACTIVATIONS[config.activation](sums);
    }
    case 'conv2d': {
      const y = convolve(config, x, weight('weight')).add(weight('bias').reshape([1, -1, 1, 1]));
      return config.activation === undefined ? y : ACTIVATIONS[config.activation](y);
    }
    case 'max_pool2d':
      return channelsFirst(
        tf.maxPool(channelsLast(x) as tf.Tensor4D, [...config.kernelSize], [...config.stride], 'valid'),
      );
    case 'global_avg_pool':
      return x.mean([2, 3]);
    case 'flatten':
      return flat(x);
    case 'batch_norm':
      return batchNorm(config, name, weight, x, running);
    case 'layer_norm': {
      const { mean, variance } = tf.moments(x, axesBehind(x), true);
      return x
        .sub(mean)
        .div(tf.sqrt(variance.add(config.eps)))
        .mul(weight('weight'))
        .add(weight('bias'));
    }
    case 'embedding':
      return tf.gather(weight('weight'), x.cast('int32'));
    case 'add':
      return config.branches
        .map((branch, at) => forward(branch, weights, x, running, `${name}.${at}.`))
        .reduce((sum, branch) => sum.add(branch));
    case 'concat':
      return tf.concat(
        config.branches.map((branch, at) => forward(branch, weights, x, running, `${name}.${at}.`)),
        1,
      );
    default:
      if (isActivation(config.type)) return ACTIVATIONS[config.type](x, config);
      throw new Error(`no ${config.type} in this test`);
  }
}

const flat = (x: tf.Tensor): tf.Tensor => x.reshape([x.shape[0]!, -1]);
const axesBehind = (x: tf.Tensor): number[] => x.shape.map((_, axis) => axis).slice(1);
const channelsLast = (x: tf.Tensor): tf.Tensor => x.transpose([0, 2, 3, 1]);
const channelsFirst = (x: tf.Tensor): tf.Tensor => x.transpose([0, 3, 1, 2]);

function convolve({ stride, padding }: Conv2dConfig, x: tf.Tensor, weight: tf.Tensor): tf.Tensor {
  const pad = padding === 'same' ? 'same' : 'valid';
  const kernel = weight.transpose([2, 3, 1, 0]) as tf.Tensor4D;
  return channelsFirst(tf.conv2d(channelsLast(x) as tf.Tensor4D, kernel, [...stride], pad));
}

function batchNorm(
  { eps, momentum }: BatchNormConfig,
  name: string,
  weight: (word: string) => tf.Tensor,
  x: tf.Tensor,
  running: Running,
): tf.Tensor {
  const axes = x.shape.map((_, axis) => axis).filter((axis) => axis !== 1);
  const channels = [1, x.shape[1]!, ...x.shape.slice(2).map(() => 1)];
  const { mean, variance } = tf.moments(x, axes, true);
  const count = x.size / x.shape[1]!;
  const moved = (word: string, now: tf.Tensor, factor: number): void => {
    const values = now.dataSync();
    const before = running.get(`${name}.${word}`)!;
    running.set(
      `${name}.${word}`,
      before.map((value, i) => (1 - momentum) * value + momentum * factor * values[i]!),
    );
  };
  moved('running_mean', mean, 1);
  moved('running_var', variance, count / (count - 1));
  const unit = x.sub(mean).div(tf.sqrt(variance.add(eps)));
  return unit.mul(weight('weight').reshape(channels)).add(weight('bias').reshape(channels));
}

export function lossOf(loss: LossConfig, scores: tf.Tensor, targets: tf.Tensor): tf.Scalar {
  switch (loss.type) {
    case 'cross_entropy':
      return tf.losses.softmaxCrossEntropy(targets, scores, undefined, loss.labelSmoothing ?? 0) as tf.Scalar;
    case 'nll':
      return targets.mul(scores).sum(1).neg().mean();
    case 'bce_with_logits':
      return tf.losses.sigmoidCrossEntropy(targets, scores) as tf.Scalar;
    case 'mse':
      return tf.losses.meanSquaredError(targets, scores) as tf.Scalar;
    case 'mae':
      return tf.losses.absoluteDifference(targets, scores) as tf.Scalar;
    case 'huber':
      return tf.losses.huberLoss(targets, scores, undefined, loss.delta) as tf.Scalar;
    default:
      return loss satisfies never;
  }
}

export interface TfjsTrained {
  readonly losses: readonly number[];
  readonly parameters: ReadonlyMap<string, ArrayLike<number>>;
}

/** Momentum SGD over batches given as rows and what their scores are compared with. */
export function trainWithTfjs(
  structure: Structure,
  parameters: readonly ParameterTensor[],
  batches: readonly { readonly rows: readonly number[]; readonly targets: tf.Tensor }[],
): TfjsTrained {
  const { layers, loss, optimizer, inputShape, batchSize } = structure;
  if (optimizer.type !== 'sgd') throw new Error('this test is about layers');
  const isRunning = ({ name }: ParameterTensor): boolean => name.includes('.running_');
  const running: Running = new Map(parameters.filter(isRunning).map(({ name, values }) => [name, values]));
  const weights = new Map(
    parameters
      .filter((parameter) => !isRunning(parameter))
      .map(({ name, shape, values }) => [name, tf.variable(tf.tensor(values, [...shape]))]),
  );
  const rule = tf.train.momentum(optimizer.lr, optimizer.momentum);
  const losses = batches.map(({ rows, targets }) =>
    tf.tidy(() => {
      const x = tf.tensor([...rows], [batchSize, ...inputShape]);
      const value = rule.minimize(() => lossOf(loss, forward(layers, weights, x, running), targets), true);
      return value!.dataSync()[0]!;
    }),
  );
  const trained = [...weights].map(([name, weight]) => [name, weight.dataSync()] as const);
  tf.dispose([...weights.values()]);
  rule.dispose();
  return { losses, parameters: new Map<string, ArrayLike<number>>([...trained, ...running]) };
}
