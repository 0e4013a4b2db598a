/** Small nets and rows for the engine contract. */
import type { Examples, StoredExamples, Structure } from '../../agent/engine/port.ts';
import { learnableExamples, rowOrder } from '../support/learnable-examples.ts';

export const SIDE = 6;
export const CLASSES = 4;
export const BATCH = 8;

export const train = learnableExamples({ rows: 90, side: SIDE, classes: CLASSES, seed: 61 });
export const unseen = learnableExamples({ rows: 37, side: SIDE, classes: CLASSES, seed: 62 });

/** Rows of so many batches, drawn from the training rows; a fraction stands for a shorter last batch. */
export const batches = (count: number, seed: number): Int32Array =>
  rowOrder(train.rows, Math.round(count * BATCH), seed);

const SGD = { type: 'sgd', lr: 0.1, momentum: 0.9, nesterov: false, weightDecay: 0 } as const;

export const mlp: Structure = {
  inputShape: [SIDE, SIDE],
  inputType: 'uint8',
  classes: CLASSES,
  layers: [
    { type: 'dense', units: 12, activation: 'relu' },
    { type: 'dense', units: CLASSES },
  ],
  loss: { type: 'cross_entropy' },
  optimizer: SGD,
  batchSize: BATCH,
  preprocessing: { shift: 0, scale: 1 / 255 },
};

export const withDropout: Structure = {
  ...mlp,
  layers: [mlp.layers[0]!, { type: 'dropout', rate: 0.3 }, mlp.layers[1]!],
};

export const withBatchNorm: Structure = {
  ...mlp,
  layers: [
    { type: 'dense', units: 12 },
    { type: 'batch_norm', eps: 1e-5, momentum: 0.1, affine: true },
    { type: 'relu' },
    { type: 'dense', units: CLASSES },
  ],
};

/** Convolution, pooling, statistics over places, random masks, a branch around. */
export const convNet: Structure = {
  ...mlp,
  layers: [
    {
      type: 'conv2d',
      outChannels: 4,
      kernelSize: [3, 3],
      stride: [1, 1],
      padding: 'same',
      dilation: [1, 1],
      groups: 1,
      activation: 'relu',
    },
    { type: 'batch_norm', eps: 1e-5, momentum: 0.1, affine: true },
    {
      type: 'add',
      branches: [
        [],
        [
          {
            type: 'conv2d',
            outChannels: 4,
            kernelSize: [3, 3],
            stride: [1, 1],
            padding: [1, 1],
            dilation: [1, 1],
            groups: 1,
          },
        ],
      ],
    },
    { type: 'max_pool2d', kernelSize: [2, 2], stride: [2, 2], padding: [0, 0] },
    { type: 'dropout', rate: 0.2 },
    { type: 'flatten' },
    { type: 'dense', units: CLASSES },
  ],
};

/** Numbers to predict: sums of the features' halves. */
export function regressionExamples(rows: number, seed: number): Examples {
  const { features } = learnableExamples({ rows, side: SIDE, classes: CLASSES, seed });
  const width = SIDE * SIDE;
  const values = Float32Array.from(features, (pixel) => pixel / 255);
  const labels = Float32Array.from({ length: rows * 2 }, (_, i) => {
    const start = Math.floor(i / 2) * width + (i % 2) * (width / 2);
    return values.subarray(start, start + width / 2).reduce((sum, value) => sum + value, 0) / width;
  });
  return { features: values, shape: [width], labels, rows };
}

export const regression: Structure = {
  inputShape: [SIDE * SIDE],
  inputType: 'float32',
  classes: null,
  layers: [
    { type: 'dense', units: 12, activation: 'tanh' },
    { type: 'dense', units: 2 },
  ],
  loss: { type: 'mse' },
  optimizer: SGD,
  batchSize: BATCH,
  preprocessing: { shift: 0, scale: 1 },
};

/** The same rows, handed out only when asked for. */
export function stored(examples: Examples): StoredExamples & { readonly largestRead: () => number } {
  const { features, labels, shape, rows } = examples;
  const width = features.length / rows;
  const outputs = labels.length / rows;
  let largest = 0;
  return {
    shape,
    rows,
    largestRead: () => largest,
    async read(indices) {
      largest = Math.max(largest, indices.length);
      const taken = features.slice(0, 0).constructor as new (length: number) => typeof features;
      const takenLabels = labels.slice(0, 0).constructor as new (length: number) => typeof labels;
      const part = { features: new taken(indices.length * width), labels: new takenLabels(indices.length * outputs) };
      indices.forEach((row, i) => {
        part.features.set(features.subarray(row * width, (row + 1) * width), i * width);
        part.labels.set(labels.subarray(row * outputs, (row + 1) * outputs), i * outputs);
      });
      return { ...part, shape, rows: indices.length };
    },
  };
}
