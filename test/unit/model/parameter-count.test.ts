import { describe, expect, it } from 'vitest';
import { planModel } from '../../../agent/engine/nn/model.ts';
import { modelShapes } from '../../../shared/model/model-shapes.ts';
import { totalParameterCount } from '../../../shared/model/parameter-count.ts';
import type { LayerConfig } from '../../../shared/sweep/train.ts';
import { conv, maxPool, mixedNet, vgg13 } from './nets.ts';

const countOf = (layers: readonly LayerConfig[], inputShape: readonly number[]) =>
  totalParameterCount(modelShapes(layers, inputShape));

/** Elements of the trainable tensors that the engine would make. */
function engineCountOf(layers: readonly LayerConfig[], inputShape: readonly number[], classes: number): number {
  return planModel({ layers, inputShape, classes, loss: { type: 'cross_entropy' } })
    .parameters.filter(({ trainable }) => trainable)
    .reduce((total, { shape }) => total + shape.reduce((count, dim) => count * dim, 1), 0);
}

const MODELS: readonly (readonly [string, readonly LayerConfig[], readonly number[], number])[] = [
  [
    'an MLP',
    [
      { type: 'dense', units: 100, activation: 'relu' },
      { type: 'dense', units: 10 },
    ],
    [28, 28],
    10,
  ],
  ['dense without bias', [{ type: 'dense', units: 7, bias: false }], [5], 7],
  ['a small CNN', [conv(8, 3, { padding: 'same' }), maxPool(2), { type: 'dense', units: 10 }], [1, 28, 28], 10],
  ['a CNN on an image without channels', [conv(3, 5), { type: 'dense', units: 10 }], [12, 9], 10],
  ['every layer that learns', mixedNet(6), [2, 9, 9], 6],
  [
    'an embedding',
    [
      { type: 'embedding', numEmbeddings: 11, embeddingDim: 3 },
      { type: 'layer_norm', eps: 1e-5, affine: true },
      { type: 'dense', units: 4 },
    ],
    [5],
    4,
  ],
  ['VGG-13', vgg13(36), [3, 224, 224], 36],
];

describe('trainable parameters', () => {
  it('VGG-13 for 36 classes at 224 x 224 has 129,098,340', () => {
    expect(countOf(vgg13(36), [3, 224, 224])).toBe(129_098_340);
  });

  it('by hand: convolution 3x3 of 2 in 2 groups to 4, batch norm, layer norm, embedding', () => {
    expect(countOf([conv(4, 3, { groups: 2 })], [2, 5, 5])).toBe(4 * 1 * 9 + 4);
    expect(countOf([{ type: 'batch_norm', eps: 1e-5, momentum: 0.1, affine: true }], [2, 5, 5])).toBe(4);
    expect(countOf([{ type: 'batch_norm', eps: 1e-5, momentum: 0.1, affine: false }], [2, 5, 5])).toBe(0);
    expect(countOf([{ type: 'layer_norm', eps: 1e-5, affine: true }], [2, 5, 5])).toBe(100);
    expect(countOf([{ type: 'embedding', numEmbeddings: 11, embeddingDim: 3 }], [5])).toBe(33);
  });

  it.each(MODELS)('%s - as many as the engine makes', (_, layers, inputShape, classes) => {
    expect(countOf(layers, inputShape)).toBe(engineCountOf(layers, inputShape, classes));
  });
});
