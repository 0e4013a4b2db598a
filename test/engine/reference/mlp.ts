/**
 * A small network trained in plain float64 loops, one example at a time, after the textbook and PyTorch's documentation:
 * the oracle for the compiled training step.
 */
import { type Optimizing, optimizerStep } from './optimizers.ts';

/** The activations this network knows. */
export type PlainActivation = 'relu' | 'sigmoid' | 'tanh';

export interface DenseLayer {
  /** `[out][in]` */
  readonly weight: readonly (readonly number[])[];
  readonly bias: readonly number[];
  readonly activation: PlainActivation | null;
}

const ACTIVATION: Readonly<Record<PlainActivation, (z: number) => number>> = {
  relu: (z) => Math.max(z, 0),
  sigmoid: (z) => 1 / (1 + Math.exp(-z)),
  tanh: Math.tanh,
};

const SLOPE: Readonly<Record<PlainActivation, (z: number) => number>> = {
  relu: (z) => (z > 0 ? 1 : 0),
  sigmoid: (z) => ACTIVATION.sigmoid(z) * (1 - ACTIVATION.sigmoid(z)),
  tanh: (z) => 1 - Math.tanh(z) ** 2,
};

interface Pass {
  /** Input of each layer, then the scores. */
  readonly values: readonly (readonly number[])[];
  /** Before the activation, per layer. */
  readonly sums: readonly (readonly number[])[];
}

function forward(layers: readonly DenseLayer[], x: readonly number[]): Pass {
  const values: (readonly number[])[] = [x];
  const sums: (readonly number[])[] = [];
  for (const { weight, bias, activation } of layers) {
    const input = values[values.length - 1]!;
    const z = weight.map((row, o) => row.reduce((sum, w, i) => sum + w * input[i]!, bias[o]!));
    sums.push(z);
    values.push(activation === null ? z : z.map(ACTIVATION[activation]));
  }
  return { values, sums };
}

export function scoresOf(layers: readonly DenseLayer[], x: readonly number[]): readonly number[] {
  return forward(layers, x).values[layers.length]!;
}

function probabilities(scores: readonly number[]): readonly number[] {
  const top = Math.max(...scores);
  const exps = scores.map((score) => Math.exp(score - top));
  const total = exps.reduce((sum, value) => sum + value, 0);
  return exps.map((value) => value / total);
}

export function lossOf(layers: readonly DenseLayer[], x: readonly number[], label: number): number {
  return -Math.log(probabilities(scoresOf(layers, x))[label]!);
}

/** Flat list of all weights and biases of a network, layer by layer, weight before bias. */
export function flatten(layers: readonly DenseLayer[]): number[] {
  return layers.flatMap(({ weight, bias }) => [...weight.flat(), ...bias]);
}

function unflatten(layers: readonly DenseLayer[], flat: readonly number[]): readonly DenseLayer[] {
  let at = 0;
  return layers.map(({ weight, bias, activation }) => ({
    weight: weight.map((row) => row.map(() => flat[at++]!)),
    bias: bias.map(() => flat[at++]!),
    activation,
  }));
}

/** Gradient of the loss of one example by every weight and bias, flat. */
function exampleGradient(layers: readonly DenseLayer[], x: readonly number[], label: number): number[] {
  const { values, sums } = forward(layers, x);
  let delta = probabilities(values[layers.length]!).map((p, i) => p - (i === label ? 1 : 0));
  const parts: number[][] = [];
  for (let l = layers.length - 1; l >= 0; l--) {
    const { weight, activation } = layers[l]!;
    if (activation !== null) delta = delta.map((d, o) => d * SLOPE[activation](sums[l]![o]!));
    parts.unshift([...delta.flatMap((d) => values[l]!.map((value) => d * value)), ...delta]);
    delta = values[l]!.map((_, i) => weight.reduce((sum, row, o) => sum + row[i]! * delta[o]!, 0));
  }
  return parts.flat();
}

export interface Batch {
  readonly x: readonly (readonly number[])[];
  readonly labels: readonly number[];
}

/** Mean loss and mean gradient of a batch, flat. */
function batchGradient(layers: readonly DenseLayer[], { x, labels }: Batch) {
  const loss = x.reduce((sum, row, i) => sum + lossOf(layers, row, labels[i]!), 0) / x.length;
  const gradients = x.map((row, i) => exampleGradient(layers, row, labels[i]!));
  const mean = gradients[0]!.map((_, w) => gradients.reduce((sum, gradient) => sum + gradient[w]!, 0) / x.length);
  return { loss, gradient: mean };
}

export interface StepOptions {
  readonly lr?: number;
  /** Largest norm of the gradient (`torch.nn.utils.clip_grad_norm_`). */
  readonly maxNorm?: number;
}

/** One step on the mean of the batches' gradients: the mean loss of each before it, and the network after it. */
export function accumulatedStep(
  layers: readonly DenseLayer[],
  optimizing: Optimizing,
  batches: readonly Batch[],
  { lr = optimizing.config.lr, maxNorm = Infinity }: StepOptions = {},
): { readonly losses: readonly number[]; readonly layers: readonly DenseLayer[] } {
  const each = batches.map((batch) => batchGradient(layers, batch));
  const sums = each[0]!.gradient.map((_, w) => each.reduce((sum, { gradient }) => sum + gradient[w]!, 0));
  const mean = sums.map((sum) => sum / batches.length);
  const norm = Math.sqrt(mean.reduce((sum, g) => sum + g * g, 0));
  const factor = Math.min(1, maxNorm / (norm + 1e-6));
  const clipped = mean.map((g) => g * factor);
  const next = optimizerStep(optimizing, flatten(layers), clipped, lr);
  return { losses: each.map(({ loss }) => loss), layers: unflatten(layers, next) };
}

/** One step on a batch: the mean loss before it, and the network after it. */
export function trainStep(
  layers: readonly DenseLayer[],
  optimizing: Optimizing,
  batch: Batch,
  options: StepOptions = {},
): { readonly loss: number; readonly layers: readonly DenseLayer[] } {
  const step = accumulatedStep(layers, optimizing, [batch], options);
  return { loss: step.losses[0]!, layers: step.layers };
}
