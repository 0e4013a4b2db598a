/**
 * A small network trained in plain float64 loops, one example at a time, after the textbook and PyTorch's documentation:
 * the oracle for the compiled training step.
 */
import type { Activation, SgdConfig } from '../../../shared/sweep/train.ts';

export interface DenseLayer {
  /** `[out][in]` */
  readonly weight: readonly (readonly number[])[];
  readonly bias: readonly number[];
  readonly activation: Activation | null;
}

const ACTIVATION: Readonly<Record<Activation, (z: number) => number>> = {
  relu: (z) => Math.max(z, 0),
  sigmoid: (z) => 1 / (1 + Math.exp(-z)),
  tanh: Math.tanh,
};

const SLOPE: Readonly<Record<Activation, (z: number) => number>> = {
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

/** `torch.optim.SGD` over flat weights; its momentum buffer is `undefined` before the first step. */
export interface Sgd {
  readonly config: SgdConfig;
  buffer?: readonly number[];
}

function sgdStep(sgd: Sgd, weights: readonly number[], gradient: readonly number[]): number[] {
  const { lr, momentum, nesterov, weightDecay } = sgd.config;
  const decayed = gradient.map((g, i) => g + weightDecay * weights[i]!);
  const previous = sgd.buffer;
  const buffer = previous === undefined ? decayed : decayed.map((d, i) => momentum * previous[i]! + d);
  sgd.buffer = buffer;
  return weights.map((w, i) => w - lr * (nesterov ? decayed[i]! + momentum * buffer[i]! : buffer[i]!));
}

export interface Batch {
  readonly x: readonly (readonly number[])[];
  readonly labels: readonly number[];
}

/** One step on a batch: the mean loss before it, and the network after it. */
export function trainStep(
  layers: readonly DenseLayer[],
  sgd: Sgd,
  { x, labels }: Batch,
): { readonly loss: number; readonly layers: readonly DenseLayer[] } {
  const loss = x.reduce((sum, row, i) => sum + lossOf(layers, row, labels[i]!), 0) / x.length;
  const gradients = x.map((row, i) => exampleGradient(layers, row, labels[i]!));
  const mean = gradients[0]!.map((_, w) => gradients.reduce((sum, gradient) => sum + gradient[w]!, 0) / x.length);
  return { loss, layers: unflatten(layers, sgdStep(sgd, flatten(layers), mean)) };
}
