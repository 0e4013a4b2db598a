/** The model and data of the engine benchmarks: an MLP 784-100-10 on rows of MNIST's shape, the same for every engine. */
import type { Examples, ParameterTensor, Structure } from '../../agent/engine/index.ts';
import { deriveKey, draw32 } from '../../shared/kernel/random.ts';

export const ROWS = 10_000;
export const PIXELS = 784;
export const HIDDEN = 100;
export const CLASSES = 10;
export const BATCH = 32;
export const LEARNING_RATE = 0.01;
export const MOMENTUM = 0.9;

/** Full batches of one epoch. */
export const EPOCH_STEPS = Math.floor(ROWS / BATCH);

export const STRUCTURE: Structure = {
  inputShape: [28, 28],
  inputType: 'uint8',
  classes: CLASSES,
  layers: [
    { type: 'dense', units: HIDDEN, activation: 'relu' },
    { type: 'dense', units: CLASSES },
  ],
  loss: { type: 'cross_entropy' },
  optimizer: { type: 'sgd', lr: LEARNING_RATE, momentum: MOMENTUM, nesterov: false, weightDecay: 0 },
  batchSize: BATCH,
  preprocessing: { shift: 0, scale: 1 / 255 },
};

export interface Workload {
  readonly train: Examples & { readonly features: Uint8Array };
  /** Rows of `EPOCH_STEPS` batches. */
  readonly order: Int32Array;
}

export function makeWorkload(): Workload {
  const pixel = deriveKey(1, 'pixel');
  const label = deriveKey(1, 'label');
  const row = deriveKey(1, 'order');
  const features = new Uint8Array(ROWS * PIXELS);
  // As in handwritten digits, four pixels of five are blank.
  for (let i = 0; i < features.length; i++) {
    const draw = draw32(pixel, i);
    features[i] = draw % 5 === 0 ? draw >>> 24 : 0;
  }
  const labels = Int32Array.from({ length: ROWS }, (_, i) => draw32(label, i) % CLASSES);
  const order = Int32Array.from({ length: EPOCH_STEPS * BATCH }, (_, i) => draw32(row, i) % ROWS);
  return { train: { features, labels, shape: [28, 28], rows: ROWS }, order };
}

/** Something that trains the workload; each call of `train` does `steps` steps from the start of the order. */
export interface Contestant {
  readonly name: string;
  /** Losses of the first steps from the common weights, for comparison. */
  readonly firstLosses: readonly number[];
  readonly stepsPerRound: number;
  train(): Promise<void>;
  close(): Promise<void>;
}

export const COMPARED_STEPS = 20;

/** What one engine may differ from another in the first losses before something is wrong. */
const LOSS_TOLERANCE = 1e-4;

/** Throws where a contestant does not train the same model. */
export function compareLosses(reference: Contestant, other: Contestant): number {
  const deviations = reference.firstLosses.map((loss, step) => Math.abs(loss - other.firstLosses[step]!));
  const largest = Math.max(...deviations);
  if (reference.firstLosses.length !== COMPARED_STEPS || !(largest < LOSS_TOLERANCE)) {
    throw new Error(`${other.name} trains something else: its losses are off by up to ${largest}`);
  }
  return largest;
}

export type Weights = readonly ParameterTensor[];
