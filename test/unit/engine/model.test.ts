import { describe, expect, it } from 'vitest';
import { hyperValues, initialParameters, stateTensors, structureKey } from '../../../agent/engine/compile/structure.ts';
import { planModel } from '../../../agent/engine/nn/model.ts';
import type { Structure } from '../../../agent/engine/port.ts';
import { describeError, SowerError } from '../../../shared/kernel/errors.ts';
import type { LayerConfig } from '../../../shared/sweep/train.ts';
import { PLAIN_SGD, smallStructure } from '../../engine/problems.ts';

function failure(layers: readonly LayerConfig[]): string {
  try {
    planModel(smallStructure({ layers }));
  } catch (error) {
    if (error instanceof SowerError) return describeError(error);
    throw error;
  }
  throw new Error('the model was accepted');
}

describe('an impossible model', () => {
  it.each<[string, readonly LayerConfig[]]>([
    [
      'E_MODEL_SHAPE layer 0 (dense) is the last and gives scores of shape [5], but the data has 4 classes: [4]; ' +
        'end the model with `- dense: {units: 4}`',
      [{ type: 'dense', units: 5 }],
    ],
    [
      'E_MODEL_SHAPE the model has no layers and gives scores of shape [2, 3], but the data has 4 classes: [4]; ' +
        'end the model with `- dense: {units: 4}`',
      [],
    ],
    [
      'E_MODEL_SHAPE layer 0 (flatten) is the last and gives scores of shape [6], but the data has 4 classes: [4]; ' +
        'end the model with `- dense: {units: 4}`',
      [{ type: 'flatten' }],
    ],
    [
      'E_MODEL_UNITS layer 0 (dense) has 0 units; give units as a whole number of at least 1',
      [{ type: 'dense', units: 0 }],
    ],
    [
      'E_MODEL_UNITS layer 1 (dense) has 2.5 units; give units as a whole number of at least 1',
      [{ type: 'relu' }, { type: 'dense', units: 2.5 }],
    ],
    [
      'E_MODEL_SIZE layer 0 (dense) maps [2, 3] to [1000000000]: 6000000000 weights; use at most 268435456 weights in a layer',
      [{ type: 'dense', units: 1e9 }],
    ],
    [
      'E_MODEL_RATE layer 0 (dropout) has the rate 1; give the share of activations to drop, from 0 up to but not including 1',
      [{ type: 'dropout', rate: 1 }],
    ],
  ])('%s', (message, layers) => {
    expect(failure(layers)).toBe(message);
  });
});

describe('a model', () => {
  const layers: readonly LayerConfig[] = [
    { type: 'flatten' },
    { type: 'dense', units: 5, activation: 'relu' },
    { type: 'dropout', rate: 0.1 },
    { type: 'dense', units: 4, bias: false },
  ];
  const structure = smallStructure({ layers, optimizer: { ...PLAIN_SGD, momentum: 0.9 } });

  it('names its tensors by layer as written, in PyTorch shapes, slots last', () => {
    expect(stateTensors(structure).map(({ name, kind, shape }) => [name, kind, shape])).toEqual([
      ['1.weight', 'parameter', [5, 6]],
      ['1.bias', 'parameter', [5]],
      ['3.weight', 'parameter', [4, 5]],
      ['1.weight/scaled_momentum_buffer', 'slot', [5, 6]],
      ['1.bias/scaled_momentum_buffer', 'slot', [5]],
      ['3.weight/scaled_momentum_buffer', 'slot', [4, 5]],
    ]);
  });

  it('takes its numbers as inputs, by name', () => {
    expect(hyperValues(layers, structure.optimizer)).toEqual({ '2.rate': 0.1 });
    expect(hyperValues(layers, { ...PLAIN_SGD, momentum: 0.9, nesterov: true })).toEqual({
      momentum: 0.9,
      '2.rate': 0.1,
    });
    expect(hyperValues(layers, { ...PLAIN_SGD, weightDecay: 0.01 })).toEqual({
      negative_lr: -0.3,
      weight_decay: 0.01,
      '2.rate': 0.1,
    });
  });

  it('starts with U(-1/sqrt(fanIn), 1/sqrt(fanIn)), keyed by seed and name', () => {
    const wide = smallStructure({
      inputShape: [100],
      layers: [
        { type: 'dense', units: 400 },
        { type: 'dense', units: 4 },
      ],
    });
    const [weight, bias] = initialParameters(wide, 1);
    for (const { values } of [weight!, bias!]) {
      expect(Math.max(...values.map(Math.abs))).toBeLessThanOrEqual(0.1);
      const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
      const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
      // A uniform on [-a, a] has the variance a^2 / 3; the tolerance is that of 400 draws.
      expect(Math.abs(mean)).toBeLessThan(0.015);
      expect(Math.abs(variance / (0.01 / 3) - 1)).toBeLessThan(0.2);
    }
    expect(initialParameters(wide, 1)).toEqual(initialParameters(wide, 1));
    expect(initialParameters(wide, 2)[0]!.values).not.toEqual(weight!.values);
    expect(bias!.values).not.toEqual(weight!.values.slice(0, 400));
  });
});

describe('the structure key', () => {
  const base = smallStructure({ optimizer: { ...PLAIN_SGD, momentum: 0.9 } });
  const withOptimizer = (changes: object): Structure => ({ ...base, optimizer: { ...base.optimizer, ...changes } });
  const dropoutOf = (rate: number): Structure => ({
    ...base,
    layers: [{ type: 'dropout', rate }, ...base.layers],
  });

  it('is blind to numbers that are inputs of the graph', () => {
    expect(structureKey(withOptimizer({ lr: 1, momentum: 0.5 }))).toBe(structureKey(base));
    expect(structureKey(dropoutOf(0.1))).toBe(structureKey(dropoutOf(0.2)));
  });

  it('tells apart what changes the graph', () => {
    const others = [
      withOptimizer({ momentum: 0 }),
      withOptimizer({ weightDecay: 0.1 }),
      withOptimizer({ nesterov: true }),
      dropoutOf(0.1),
      { ...base, batchSize: 4 },
      { ...base, inputType: 'uint8' as const },
      { ...base, preprocessing: { shift: 0, scale: 2 } },
      { ...base, layers: [{ type: 'dense', units: 4 }] as const },
    ];
    expect(new Set([base, ...others].map(structureKey)).size).toBe(others.length + 1);
  });
});
