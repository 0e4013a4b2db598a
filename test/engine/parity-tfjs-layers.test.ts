/** Layers and losses that tfjs has too must train alike: equal losses, weights and running statistics over 20 steps. */
import * as tf from '@tensorflow/tfjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createOrtEngine } from '../../agent/engine/index.ts';
import type { Engine, Examples, Structure } from '../../agent/engine/port.ts';
import { deriveKey, draw32, drawUniform } from '../../shared/kernel/random.ts';
import type { LayerConfig, LossConfig } from '../../shared/sweep/train.ts';
import { trainWithTfjs } from './tfjs-network.ts';

const BATCH = 8;
const STEPS = 20;
const ROWS = 40;

interface Net {
  readonly inputShape: readonly number[];
  readonly layers: readonly LayerConfig[];
  readonly classes: number | null;
  readonly outputs: number;
  readonly loss: LossConfig;
  /** Features are whole numbers below this. */
  readonly wholeBelow?: number;
}

const FEATURES = 10;
const CROSS_ENTROPY: LossConfig = { type: 'cross_entropy' };

const dense = (units: number): LayerConfig => ({ type: 'dense', units });
const flat = (...hidden: readonly LayerConfig[]): Net => ({
  inputShape: [FEATURES],
  layers: [dense(12), ...hidden, dense(4)],
  classes: 4,
  outputs: 4,
  loss: CROSS_ENTROPY,
});
const image = (...layers: readonly LayerConfig[]): Net => ({
  ...flat(),
  inputShape: [2, 8, 8],
  layers: [...layers, dense(4)],
});
const losing = (loss: LossConfig, outputs: number, classes: number | null, ...last: readonly LayerConfig[]): Net => ({
  ...flat(),
  layers: [{ type: 'dense', units: 12, activation: 'tanh' }, dense(outputs), ...last],
  outputs,
  classes,
  loss,
});

const CONV = {
  type: 'conv2d',
  outChannels: 4,
  kernelSize: [3, 3],
  stride: [1, 1],
  dilation: [1, 1],
  groups: 1,
} as const;
const NORM: LayerConfig = { type: 'batch_norm', eps: 1e-5, momentum: 0.1, affine: true };
const POOL: LayerConfig = { type: 'max_pool2d', kernelSize: [2, 2], stride: [2, 2], padding: [0, 0] };

const NETS: Readonly<Record<string, Net>> = {
  'leaky ReLU': flat({ type: 'leaky_relu', negativeSlope: 0.2 }),
  ELU: flat({ type: 'elu' }),
  GELU: flat({ type: 'gelu' }),
  SiLU: flat({ type: 'silu' }),
  softplus: flat({ type: 'softplus' }),
  'batch norm of features': flat(NORM, { type: 'relu' }),
  'layer norm': flat({ type: 'layer_norm', eps: 1e-5, affine: true }, { type: 'tanh' }),
  'a residual block': flat({ type: 'add', branches: [[], [dense(12), { type: 'tanh' }]] }),
  'joined branches': flat({ type: 'concat', branches: [[{ type: 'tanh' }], [dense(3)], []] }),
  embedding: {
    ...flat(),
    inputShape: [5],
    layers: [{ type: 'embedding', numEmbeddings: 7, embeddingDim: 3 }, dense(4)],
    wholeBelow: 7,
  },
  convolution: image({ ...CONV, padding: 'same', activation: 'relu' }, POOL, { type: 'flatten' }),
  'convolution, batch norm': image({ ...CONV, padding: [0, 0] }, NORM, { type: 'relu' }, { type: 'global_avg_pool' }),
  'strided convolutions': image(
    { ...CONV, padding: [0, 0], stride: [2, 2], activation: 'elu' },
    { ...CONV, padding: [0, 0], kernelSize: [2, 2] },
  ),
  'a residual block of images': image(
    { ...CONV, padding: 'same', activation: 'relu' },
    { type: 'add', branches: [[], [{ ...CONV, padding: 'same' }, NORM]] },
    POOL,
  ),
  'label smoothing': losing({ type: 'cross_entropy', labelSmoothing: 0.2 }, 4, 4),
  'nll on log_softmax': losing({ type: 'nll' }, 4, 4, { type: 'log_softmax' }),
  'bce with one score': losing({ type: 'bce_with_logits' }, 1, 2),
  'bce with a score per class': losing({ type: 'bce_with_logits' }, 4, 4),
  'mse of numbers': losing({ type: 'mse' }, 3, null),
  'mse of classes after softmax': losing({ type: 'mse' }, 4, 4, { type: 'softmax' }),
  'mae of numbers': losing({ type: 'mae' }, 3, null),
  'huber of numbers': losing({ type: 'huber', delta: 0.5 }, 3, null),
};

function structureOf({ inputShape, layers, classes, loss }: Net): Structure {
  return {
    inputShape,
    inputType: 'float32',
    classes,
    layers,
    loss,
    optimizer: { type: 'sgd', lr: 0.05, momentum: 0.9, nesterov: false, weightDecay: 0 },
    batchSize: BATCH,
    preprocessing: { shift: 0, scale: 1 },
  };
}

function examplesOf({ inputShape, classes, outputs, wholeBelow }: Net): Examples {
  const width = inputShape.reduce((n, dim) => n * dim, 1);
  const key = deriveKey('parity', width);
  const features = Float32Array.from({ length: ROWS * width }, (_, i) => {
    const u = drawUniform(key, i);
    return wholeBelow === undefined ? 2 * u - 1 : Math.floor(u * wholeBelow);
  });
  const labels =
    classes === null
      ? Float32Array.from({ length: ROWS * outputs }, (_, i) => features[(i * 7) % features.length]! - 0.5)
      : Int32Array.from({ length: ROWS }, (_, row) => Math.floor(Math.abs(features[row * width]!) * 10) % classes);
  return { features, shape: inputShape, labels, rows: ROWS };
}

function batchesOf({ classes, outputs }: Net, { features, labels }: Examples, order: Int32Array) {
  const targetsOf = (rows: readonly number[]): tf.Tensor => {
    if (classes === null)
      return tf.tensor2d(rows.map((row) => [...labels.subarray(row * outputs, (row + 1) * outputs)]));
    const chosen = rows.map((row) => labels[row]!);
    return outputs === 1 ? tf.tensor2d(chosen, [BATCH, 1]) : tf.oneHot(chosen, classes).toFloat();
  };
  const width = features.length / ROWS;
  return Array.from({ length: STEPS }, (_, step) => {
    const rows = [...order.subarray(step * BATCH, (step + 1) * BATCH)];
    return {
      rows: rows.flatMap((row) => [...features.subarray(row * width, (row + 1) * width)]),
      targets: targetsOf(rows),
    };
  });
}

const largest = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
  Array.from(a, (value, i) => Math.abs(value - b[i]!)).reduce((most, each) => (each <= most ? most : each), 0);

describe('parity with tfjs', () => {
  let engine: Engine;
  beforeAll(async () => {
    tf.enableProdMode();
    await tf.setBackend('cpu');
    engine = await createOrtEngine({ threads: 1 });
  });
  afterAll(() => engine.close());

  it.each(Object.entries(NETS))('%s', async (_, net) => {
    const structure = structureOf(net);
    const { layers, optimizer } = structure;
    const train = examplesOf(net);
    const key = deriveKey('parity order');
    const order = Int32Array.from({ length: STEPS * BATCH }, (_, i) => draw32(key, i) % ROWS);
    const program = await engine.compile(structure);
    const run = await program.start({ seed: 5, train, layers, optimizer });
    const batches = batchesOf(net, train, order);
    const theirs = trainWithTfjs(structure, run.parameters(), batches);
    tf.dispose(batches.map(({ targets }) => targets));
    const { losses } = await run.trainChunk(order);
    expect(losses.length).toBe(STEPS);
    expect(Math.max(...losses) - Math.min(...losses)).toBeGreaterThan(0.01);
    expect(largest(losses, theirs.losses)).toBeLessThan(1e-5);
    for (const { name, values } of run.parameters()) {
      expect(largest(values, theirs.parameters.get(name)!), name).toBeLessThan(1e-5);
    }
    run.dispose();
  });
});
