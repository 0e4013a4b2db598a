/** Small training problems the tests share. */

import { initialParameters } from '../../agent/engine/compile/structure.ts';
import type { ParameterTensor, Structure } from '../../agent/engine/port.ts';
import { deriveKey, draw32, drawUniform } from '../../shared/kernel/random.ts';
import type { Conv2dConfig, LayerConfig, MaxPool2dConfig, SgdConfig } from '../../shared/sweep/train.ts';
import type { DenseLayer, PlainActivation } from './reference/mlp.ts';
import type { Rows } from './run-compiled.ts';

export const PLAIN_SGD: SgdConfig = { type: 'sgd', lr: 0.3, momentum: 0, nesterov: false, weightDecay: 0 };

/** 3x3 on an image that keeps its size. */
export const PLAIN_CONV: Conv2dConfig = {
  type: 'conv2d',
  outChannels: 4,
  kernelSize: [3, 3],
  stride: [1, 1],
  padding: [1, 1],
  dilation: [1, 1],
  groups: 1,
};

export const PLAIN_POOL: MaxPool2dConfig = {
  type: 'max_pool2d',
  kernelSize: [2, 2],
  stride: [2, 2],
  padding: [0, 0],
};

export function smallStructure(changes: Partial<Structure> = {}): Structure {
  return {
    inputShape: [2, 3],
    inputType: 'float32',
    classes: 4,
    layers: [
      { type: 'dense', units: 5, activation: 'tanh' },
      { type: 'dense', units: 4 },
    ],
    loss: { type: 'cross_entropy' },
    optimizer: PLAIN_SGD,
    batchSize: 3,
    preprocessing: { shift: 0, scale: 1 },
    ...changes,
  };
}

/** Rows whose label follows from the features, so that there is something to learn. */
export function smallRows(count: number, features = 6, classes = 4): Rows {
  const key = deriveKey('rows');
  const x = Array.from({ length: count }, (_, row) =>
    Array.from({ length: features }, (_, i) => Math.fround(2 * drawUniform(key, row * features + i) - 1)),
  );
  const labels = x.map((row) => row.slice(0, classes).reduce((best, value, i) => (value > row[best]! ? i : best), 0));
  return { x, labels };
}

/** Batches of random rows. */
export function smallOrder(steps: number, batch: number, rows: number): readonly (readonly number[])[] {
  const key = deriveKey('order');
  return Array.from({ length: steps }, (_, step) =>
    Array.from({ length: batch }, (_, i) => draw32(key, step * batch + i) % rows),
  );
}

export function parameterValues(parameters: readonly ParameterTensor[]): ReadonlyMap<string, readonly number[]> {
  return new Map(parameters.map(({ name, values }) => [name, [...values]]));
}

type DenseConfig = Extract<LayerConfig, { type: 'dense' }>;

/** The reference network with the initial weights of a structure made of dense layers. */
export function referenceOf(structure: Structure, seed: number): readonly DenseLayer[] {
  const values = parameterValues(initialParameters(structure, seed));
  return (structure.layers as readonly DenseConfig[]).map(({ units, activation }, index) => {
    const flat = values.get(`${index}.weight`)!;
    const fanIn = flat.length / units;
    const weight = Array.from({ length: units }, (_, o) => flat.slice(o * fanIn, (o + 1) * fanIn));
    return { weight, bias: values.get(`${index}.bias`)!, activation: (activation ?? null) as PlainActivation | null };
  });
}
