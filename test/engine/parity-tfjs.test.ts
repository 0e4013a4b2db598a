/** Another library, other gradients, other code: tfjs in pure JavaScript must see the same losses and end at the same weights. */
import * as tf from '@tensorflow/tfjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createOrtEngine } from '../../agent/engine/index.ts';
import type { Engine, ParameterTensor, Structure } from '../../agent/engine/port.ts';
import type { LayerConfig, OptimizerConfig } from '../../shared/sweep/train.ts';
import { learnableExamples, rowOrder } from '../support/learnable-examples.ts';

const SIDE = 12;
const CLASSES = 10;
const BATCH = 16;
const STEPS = 20;

type PlainActivation = 'relu' | 'sigmoid' | 'tanh';

const train = learnableExamples({ rows: 200, side: SIDE, classes: CLASSES, seed: 30 });
const order = rowOrder(train.rows, STEPS * BATCH, 31);

const PLAIN = { type: 'sgd', lr: 0.05, momentum: 0, nesterov: false, weightDecay: 0 } as const;
const MOMENTUM = { ...PLAIN, momentum: 0.9 };
const ADAM = { type: 'adam', lr: 0.01, beta1: 0.9, beta2: 0.999, eps: 1e-4, weightDecay: 0 } as const;
const RMSPROP = {
  type: 'rmsprop',
  lr: 0.0005,
  alpha: 0.9,
  eps: 1e-15,
  momentum: 0,
  centered: false,
  weightDecay: 0,
} as const;
const ADAGRAD = {
  type: 'adagrad',
  lr: 0.02,
  lrDecay: 0,
  eps: 1e-7,
  initialAccumulatorValue: 0.1,
  weightDecay: 0,
} as const;

function structureWith(activation: PlainActivation, optimizer: OptimizerConfig, units = 40): Structure {
  return {
    inputShape: [SIDE, SIDE],
    inputType: 'uint8',
    classes: CLASSES,
    layers: [
      { type: 'dense', units, activation },
      { type: 'dense', units: 20, activation },
      { type: 'dense', units: CLASSES },
    ],
    loss: { type: 'cross_entropy' },
    optimizer,
    batchSize: BATCH,
    preprocessing: { shift: 0, scale: 1 / 255 },
  };
}

const ACTIVATIONS: Readonly<Record<PlainActivation, (x: tf.Tensor2D) => tf.Tensor2D>> = {
  relu: tf.relu,
  sigmoid: tf.sigmoid,
  tanh: tf.tanh,
};

function forward(layers: readonly LayerConfig[], weights: ReadonlyMap<string, tf.Variable>, x: tf.Tensor2D) {
  return layers.reduce((features, layer, index) => {
    if (layer.type !== 'dense') throw new Error(`no ${layer.type} in this test`);
    const weight = weights.get(`${index}.weight`) as unknown as tf.Tensor2D;
    const sums = tf.matMul(features, weight, false, true).add(weights.get(`${index}.bias`)!) as tf.Tensor2D;
    return layer.activation === undefined ? sums : ACTIVATIONS[layer.activation as PlainActivation](sums);
  }, x);
}

/** tfjs adds the epsilon of RMSprop and Adagrad inside the root: the square of ours where the sum is zero. */
function theirRule(config: OptimizerConfig): tf.Optimizer {
  switch (config.type) {
    case 'sgd':
      return config.momentum === 0
        ? tf.train.sgd(config.lr)
        : tf.train.momentum(config.lr, config.momentum, config.nesterov);
    case 'adam':
      return tf.train.adam(config.lr, config.beta1, config.beta2, config.eps);
    case 'rmsprop':
      return tf.train.rmsprop(config.lr, config.alpha, config.momentum, config.eps ** 2, config.centered);
    case 'adagrad':
      return tf.train.adagrad(config.lr, config.initialAccumulatorValue);
    default:
      throw new Error(`tfjs has no ${config.type}`);
  }
}

interface Trained {
  readonly losses: readonly number[];
  readonly parameters: ReadonlyMap<string, Float32Array>;
}

function trainWithTfjs({ layers, optimizer }: Structure, parameters: readonly ParameterTensor[]): Trained {
  const weights = new Map(
    parameters.map(({ name, shape, values }) => [name, tf.variable(tf.tensor(values, [...shape]))]),
  );
  const rule = theirRule(optimizer);
  const width = SIDE * SIDE;
  const losses = Array.from({ length: STEPS }, (_, step) => {
    const rows = [...order.subarray(step * BATCH, (step + 1) * BATCH)];
    const pixels = rows.flatMap((row) => [...train.features.subarray(row * width, (row + 1) * width)]);
    return tf.tidy(() => {
      const x = tf.tensor2d(pixels, [BATCH, width]).div(255) as tf.Tensor2D;
      const y = tf.oneHot(
        rows.map((row) => train.labels[row]!),
        CLASSES,
      );
      const loss = rule.minimize(
        () => tf.losses.softmaxCrossEntropy(y, forward(layers, weights, x)) as tf.Scalar,
        true,
      );
      return loss!.dataSync()[0]!;
    });
  });
  const values = [...weights].map(([name, weight]) => [name, weight.dataSync() as Float32Array] as const);
  tf.dispose([...weights.values()]);
  rule.dispose();
  return { losses, parameters: new Map(values) };
}

const largest = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
  Array.from(a, (value, i) => Math.abs(value - b[i]!)).reduce((most, deviation) => Math.max(most, deviation), 0);

describe('parity with tfjs', () => {
  let engine: Engine;
  beforeAll(async () => {
    tf.enableProdMode();
    await tf.setBackend('cpu');
    engine = await createOrtEngine({ threads: 1 });
  });
  afterAll(() => engine.close());

  it.each([
    ['momentum, relu', structureWith('relu', MOMENTUM)],
    // Above the size from which weight steps are added in place.
    ['momentum, relu, a wide layer', structureWith('relu', MOMENTUM, 130)],
    ['plain SGD, relu, a wide layer', structureWith('relu', PLAIN, 130)],
    ['momentum, tanh', structureWith('tanh', MOMENTUM)],
    ['plain SGD, sigmoid', structureWith('sigmoid', { ...PLAIN, lr: 0.5 })],
    ['nesterov, relu', structureWith('relu', { ...MOMENTUM, nesterov: true })],
    ['Adam, relu', structureWith('relu', ADAM)],
    ["Adam with tfjs's epsilon, tanh, a wide layer", structureWith('tanh', { ...ADAM, lr: 0.003, eps: 1e-7 }, 130)],
    ['RMSprop, tanh', structureWith('tanh', RMSPROP)],
    ['Adagrad, tanh', structureWith('tanh', ADAGRAD)],
  ])('%s: equal losses and weights over 20 steps', async (_, structure) => {
    const program = await engine.compile(structure);
    const { layers, optimizer } = structure;
    const run = await program.start({ seed: 5, train, layers, optimizer });
    const theirs = trainWithTfjs(structure, run.parameters());
    const { losses } = await run.trainChunk(order);
    expect(losses.length).toBe(STEPS);
    expect(Math.max(...losses) - Math.min(...losses)).toBeGreaterThan(0.05);
    expect(largest(losses, theirs.losses)).toBeLessThan(1e-5);
    for (const { name, values } of run.parameters()) {
      expect(largest(values, theirs.parameters.get(name)!), name).toBeLessThan(1e-5);
    }
    run.dispose();
  });
});
