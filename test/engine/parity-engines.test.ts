/**
 * The two engines against each other, from equal weights on equal batches: other kernels, other gradients, other code for
 * layers, losses and optimizers. TensorFlow.js runs on libtensorflow where that is installed, else in JavaScript.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createOrtEngine } from '../../agent/engine/index.ts';
import { layers } from '../../agent/engine/nn/layers.ts';
import { losses } from '../../agent/engine/nn/losses.ts';
import { optimizers } from '../../agent/engine/optim/optimizers.ts';
import type { Engine, Examples, Preprocessing, StartOptions, Structure } from '../../agent/engine/port.ts';
import { createTfjsEngine } from '../../agent/engine/tfjs/engine.ts';
import { deriveKey, drawUniform } from '../../shared/kernel/random.ts';
import { walkLayers } from '../../shared/model/layer-tree.ts';
import type { Activation, Conv2dConfig, LayerConfig, LossConfig } from '../../shared/sweep/train.ts';
import { learnableExamples, rowOrder } from '../support/learnable-examples.ts';
import { cacheDir, missingTfjsNode } from '../support/tfjs-node.ts';
import { momentum, OPTIMIZERS } from './parity-optimizers.ts';

const STEPS = 20;
const BATCH = 8;
const CLASSES = 4;
const ROWS = 60;

const images = { ...learnableExamples({ rows: ROWS, side: 12, classes: CLASSES, seed: 70 }), shape: [4, 6, 6] };

const base: Structure = {
  inputShape: images.shape,
  inputType: 'uint8',
  classes: CLASSES,
  layers: [
    { type: 'dense', units: 12, activation: 'tanh' },
    { type: 'dense', units: CLASSES },
  ],
  loss: { type: 'cross_entropy' },
  optimizer: momentum,
  batchSize: BATCH,
  preprocessing: { shift: 100, scale: 1 / 64 },
};

const scores: LayerConfig = { type: 'dense', units: CLASSES };
const withLayers = (...layers: readonly LayerConfig[]): Structure => ({ ...base, layers: [...layers, scores] });

const conv: Conv2dConfig = {
  type: 'conv2d',
  outChannels: 6,
  kernelSize: [3, 3],
  stride: [1, 1],
  padding: [0, 0],
  dilation: [1, 1],
  groups: 1,
};

const ACTIVATIONS: readonly Activation[] = [
  ...(['relu', 'leaky_relu', 'elu', 'gelu', 'silu', 'sigmoid', 'tanh', 'softplus', 'softmax'] as const),
];

const LAYERS: readonly (readonly [string, Structure])[] = [
  ...ACTIVATIONS.map((activation): [string, Structure] => [
    `dense, ${activation}`,
    withLayers({ type: 'dense', units: 12, activation }),
  ]),
  [
    'leaky_relu, elu and gelu with options',
    withLayers(
      { type: 'dense', units: 12 },
      { type: 'leaky_relu', negativeSlope: 0.2 },
      { type: 'elu', alpha: 0.7 },
      { type: 'gelu', approximate: 'tanh' },
    ),
  ],
  ['conv2d', withLayers({ ...conv, activation: 'relu' })],
  ['conv2d, same', withLayers({ ...conv, padding: 'same', activation: 'relu' })],
  ['conv2d, an even kernel, same', withLayers({ ...conv, kernelSize: [2, 4], padding: 'same' })],
  ['conv2d, strides and padding', withLayers({ ...conv, stride: [2, 1], padding: [1, 2], bias: false })],
  ['conv2d, dilated', withLayers({ ...conv, dilation: [2, 1], padding: [2, 0] })],
  ['conv2d, dilated and strided', withLayers({ ...conv, dilation: [2, 2], stride: [2, 2], padding: [2, 2] })],
  ['conv2d, in groups', withLayers({ ...conv, groups: 2, outChannels: 4 })],
  ['conv2d after conv2d', withLayers({ ...conv, activation: 'relu' }, { ...conv, kernelSize: [1, 3] })],
  ['conv2d of rows without channels', { ...withLayers({ ...conv, stride: [3, 3] }), inputShape: [12, 12] }],
  ['max_pool2d', withLayers(conv, { type: 'max_pool2d', kernelSize: [2, 2], stride: [2, 2], padding: [0, 0] })],
  [
    'max_pool2d, overlapping, padded',
    withLayers({ type: 'max_pool2d', kernelSize: [3, 2], stride: [2, 1], padding: [1, 1] }),
  ],
  [
    'avg_pool2d',
    withLayers(conv, {
      type: 'avg_pool2d',
      kernelSize: [2, 3],
      stride: [2, 1],
      padding: [1, 1],
      countIncludePad: true,
    }),
  ],
  [
    'avg_pool2d, pads not counted',
    withLayers(conv, {
      type: 'avg_pool2d',
      kernelSize: [2, 3],
      stride: [2, 1],
      padding: [1, 1],
      countIncludePad: false,
    }),
  ],
  ['global_avg_pool', withLayers({ ...conv, activation: 'relu' }, { type: 'global_avg_pool' })],
  ['global_max_pool', withLayers({ ...conv, activation: 'relu' }, { type: 'global_max_pool' })],
  [
    'batch_norm of images',
    withLayers(conv, { type: 'batch_norm', eps: 1e-5, momentum: 0.1, affine: true }, { type: 'relu' }),
  ],
  [
    'batch_norm of features',
    withLayers(
      { type: 'dense', units: 12 },
      { type: 'batch_norm', eps: 1e-3, momentum: 0.3, affine: false },
      { type: 'relu' },
    ),
  ],
  [
    'layer_norm of images',
    withLayers(conv, { type: 'layer_norm', eps: 1e-5, affine: true }, { ...conv, activation: 'relu' }),
  ],
  [
    'layer_norm of features',
    withLayers({ type: 'dense', units: 12 }, { type: 'layer_norm', eps: 1e-5, affine: false }),
  ],
  ['dropout', withLayers({ type: 'dense', units: 24, activation: 'relu' }, { type: 'dropout', rate: 0.4 })],
  [
    'dropout of rows, before anything',
    withLayers({ type: 'dropout', rate: 0.2 }, { type: 'dense', units: 12, activation: 'relu' }),
  ],
  [
    'dropout of images',
    withLayers({ ...conv, activation: 'relu' }, { type: 'dropout', rate: 0.3 }, { type: 'flatten' }),
  ],
  [
    'a residual block',
    withLayers({ type: 'add', branches: [[{ ...conv, outChannels: 4, padding: 'same' }, { type: 'relu' }], []] }),
  ],
  [
    'joined channels',
    withLayers(
      {
        type: 'concat',
        branches: [[{ ...conv, padding: 'same' }], [], [{ type: 'relu' }, { type: 'dropout', rate: 0.2 }]],
      },
      { ...conv },
    ),
  ],
  [
    'joined features',
    withLayers(
      { type: 'flatten' },
      { type: 'concat', branches: [[{ type: 'dense', units: 5 }], [{ type: 'dense', units: 3, activation: 'tanh' }]] },
    ),
  ],
  [
    'channels with shifts and scales of their own',
    { ...withLayers(conv), preprocessing: { shift: [90, 100, 110, 120], scale: [0.01, 0.02, 0.03, 0.01] } },
  ],
];

const LOSSES: readonly (readonly [string, Partial<Structure>])[] = [
  ['label smoothing', { loss: { type: 'cross_entropy', labelSmoothing: 0.1 } }],
  ['class weights', { loss: { type: 'cross_entropy', classWeights: [1, 2, 0.5, 3] } }],
  [
    'label smoothing and class weights',
    { loss: { type: 'cross_entropy', labelSmoothing: 0.2, classWeights: [1, 2, 0.5, 3] } },
  ],
  ['nll', { loss: { type: 'nll' }, layers: [...base.layers, { type: 'log_softmax' }] }],
  [
    'nll, class weights',
    { loss: { type: 'nll', classWeights: [2, 1, 1, 0.1] }, layers: [...base.layers, { type: 'log_softmax' }] },
  ],
  ['bce_with_logits', { loss: { type: 'bce_with_logits', positiveWeight: 2.5 } }],
  ['mse of classes', { loss: { type: 'mse' } }],
  ['mae of classes', { loss: { type: 'mae' } }],
  ['huber of classes', { loss: { type: 'huber', delta: 0.4 } }],
];

const largest = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
  Array.from(a, (value, i) => Math.abs(value - b[i]!)).reduce(
    (most, next) => (next > most || Number.isNaN(next) ? next : most),
    0,
  );

describe('what the engines are compared on', () => {
  const namesOf = (types: readonly string[]) => [...new Set(types)].sort();

  it('is every layer, loss and optimizer', () => {
    const used = [...LAYERS, ...LOSSES].flatMap(([, { layers: list = [] }]) => walkLayers(list));
    // On data of its own.
    const embedding = 'embedding';
    const types = used.flatMap(({ config }) =>
      'activation' in config ? [config.type, config.activation!] : config.type,
    );
    expect(namesOf([...types, embedding])).toEqual(Object.keys(layers).sort());
    const compared = LOSSES.map(([, { loss }]) => loss?.type ?? base.loss.type);
    expect(namesOf(compared)).toEqual(Object.keys(losses).sort());
    expect(namesOf(OPTIMIZERS.map(([, { type }]) => type))).toEqual(Object.keys(optimizers).sort());
  });
});

describe(`onnxruntime and TensorFlow.js agree (${missingTfjsNode ?? 'on libtensorflow'})`, () => {
  let ort: Engine;
  let tfjs: Engine;
  beforeAll(async () => {
    ort = await createOrtEngine({ threads: 1 });
    tfjs = await createTfjsEngine({ threads: 1, cacheDir, use: missingTfjsNode === null ? 'tfjs-node' : 'tfjs' });
  });
  afterAll(async () => {
    await ort.close();
    await tfjs.close();
  });

  async function compare(of: Structure, train: Examples, options: Partial<StartOptions> = {}, rates?: Float32Array) {
    const numbers = { seed: 5, train, layers: of.layers, optimizer: of.optimizer, ...options };
    const ours = await (await ort.compile(of)).start(numbers);
    const theirs = await (await tfjs.compile(of)).start({ ...numbers, parameters: ours.parameters() });
    const order = rowOrder(train.rows, STEPS * BATCH - 3, 31);
    const expected = await theirs.trainChunk(order, rates);
    const { losses } = await ours.trainChunk(order, rates);
    expect(losses.length).toBe(STEPS);
    // Something has to move, or agreement means nothing.
    expect(Math.max(...losses) - Math.min(...losses)).toBeGreaterThan(0.01);
    expect(largest(losses, expected.losses)).toBeLessThan(1e-5);
    const evaluated = [await ours.evaluate(train), await theirs.evaluate(train)] as const;
    expect(Math.abs(evaluated[0].loss - evaluated[1].loss)).toBeLessThan(1e-5);
    const scores = await ours.predict(train);
    const size = Math.max(1, ...scores.map(Math.abs));
    expect(largest(scores, await theirs.predict(train)) / size).toBeLessThan(5e-5);
    ours.dispose();
    theirs.dispose();
  }

  it.each(LAYERS)('layers: %s', async (_, of) => compare(of, { ...images, shape: of.inputShape }));

  it.each(LOSSES)('losses: %s', async (_, change) => compare({ ...base, ...change }, images));

  it('losses: bce_with_logits, one score for two classes', async () => {
    const labels = images.labels.map((label) => label % 2) as Int32Array;
    const layers: LayerConfig[] = [
      { type: 'dense', units: 12, activation: 'tanh' },
      { type: 'dense', units: 1 },
    ];
    const loss: LossConfig = { type: 'bce_with_logits' };
    await compare({ ...base, layers, loss, classes: 2 }, { ...images, labels });
  });

  it.each([{ type: 'mse' }, { type: 'mae' }, { type: 'huber', delta: 0.5 }] as const)(
    'numbers: $type',
    async (loss) => {
      const labels = Float32Array.from({ length: ROWS * CLASSES }, (_, i) => drawUniform(deriveKey('numbers'), i) * 2);
      await compare({ ...base, loss, classes: null }, { ...images, labels });
    },
  );

  it('layers: embedding, with batch norm over its rows', async () => {
    const features = Float32Array.from({ length: ROWS * 6 }, (_, i) =>
      Math.floor(drawUniform(deriveKey('words'), i) * 9),
    );
    const layers: LayerConfig[] = [
      { type: 'embedding', numEmbeddings: 9, embeddingDim: 5 },
      { type: 'batch_norm', eps: 1e-5, momentum: 0.1, affine: true },
      scores,
    ];
    const preprocessing = { shift: 0, scale: 1 };
    await compare(
      { ...base, inputShape: [6], inputType: 'float32', layers, preprocessing },
      { ...images, features, shape: [6] },
    );
  });

  it('tables with missing cells, categories and unknown codes', async () => {
    const features = Float32Array.from({ length: ROWS * 3 }, (_, i) => {
      const u = drawUniform(deriveKey('cells'), i);
      if (u < 0.15) return Number.NaN;
      return i % 3 === 1 ? Math.floor(u * 6) : 50 + 10 * u;
    });
    const preprocessing: Preprocessing = {
      columns: [
        { type: 'number', column: 2, fill: 54, shift: 55, scale: 0.3 },
        { type: 'one_hot', column: 1, categories: 4, fill: null },
        { type: 'number', column: 0, fill: 57, shift: 56, scale: 0.4 },
      ],
    };
    await compare(
      { ...base, inputShape: [3], inputType: 'float32', preprocessing },
      { ...images, features, shape: [3] },
    );
  });

  it.each(OPTIMIZERS)('optimizers: %s', async (_, optimizer) => compare({ ...base, optimizer }, images));

  it.each(OPTIMIZERS)('clipped, two batches a step, rates that move: %s', async (_, optimizer) => {
    const rates = Float32Array.from({ length: STEPS }, (_, step) => optimizer.lr * (1 - step / (2 * STEPS)));
    const of: Structure = { ...base, optimizer, clipsGradients: true, accumulateBatches: 2, rates: 'per_step' };
    await compare(of, images, { clipGradNorm: 0.7 }, rates);
  });
});
