/** First weights: bounds and deviations of `torch.nn.init` for fans that are worked out by hand. */
import { describe, expect, it } from 'vitest';
import { initialParameters } from '../../agent/engine/compile/structure.ts';
import type { Init, LayerConfig } from '../../shared/sweep/train.ts';
import { smallStructure } from './problems.ts';

interface Drawn {
  readonly weight: Float32Array;
  readonly bias: Float32Array | undefined;
}

const OUTPUT: LayerConfig = { type: 'dense', units: 4 };

function draw(layer: LayerConfig, inputShape: readonly number[]): Drawn {
  const structure = smallStructure({ inputShape, layers: [layer, { type: 'flatten' }, OUTPUT] });
  const all = new Map(initialParameters(structure, 1).map(({ name, values }) => [name, values]));
  return { weight: all.get('0.weight')!, bias: all.get('0.bias') };
}

/** 200 inputs to each of 100 units. */
const denseOf = (init?: Init): Drawn =>
  draw({ type: 'dense', units: 100, ...(init === undefined ? {} : { init }) }, [200]);

/** Of 8 channels in 2 groups, with a kernel of 15: 60 inputs to each unit, 48 * 15 = 720 outputs from each. */
const convOf = (init?: Init): Drawn => {
  const windows = { kernelSize: [3, 5], stride: [1, 1], padding: 'same', dilation: [1, 1], groups: 2 } as const;
  return draw({ type: 'conv2d', outChannels: 48, ...windows, ...(init === undefined ? {} : { init }) }, [8, 5, 5]);
};

const mean = (values: ArrayLike<number>): number =>
  Array.from(values).reduce((sum, value) => sum + value, 0) / values.length;
function sd(values: Float32Array): number {
  const centre = mean(values);
  return Math.sqrt(mean(values.map((value) => (value - centre) ** 2)));
}

/** The largest of thousands of draws is within a hundredth of the bound, their mean near zero, their spread that of a uniform. */
function expectUniform(values: Float32Array, bound: number): void {
  const largest = Math.max(...values.map(Math.abs));
  expect(largest).toBeLessThanOrEqual(bound);
  expect(largest).toBeGreaterThan(0.99 * bound);
  expect(Math.abs(mean(values)) / bound).toBeLessThan(0.05);
  expect(Math.abs(sd(values) / (bound / Math.sqrt(3)) - 1)).toBeLessThan(0.05);
}

/** Neighbours, which are drawn in pairs, know nothing of each other. */
function expectNormal(values: Float32Array, deviation: number): void {
  expect(Math.abs(mean(values)) / deviation).toBeLessThan(0.05);
  expect(Math.abs(sd(values) / deviation - 1)).toBeLessThan(0.05);
  const outside = values.filter((value) => Math.abs(value) > deviation).length / values.length;
  expect(Math.abs(outside - 0.3173)).toBeLessThan(0.03);
  const products = Array.from({ length: values.length / 2 }, (_, i) => values[2 * i]! * values[2 * i + 1]!);
  expect(Math.abs(mean(products)) / deviation ** 2).toBeLessThan(0.08);
}

describe('weights begin', () => {
  it('by default: U(-1/sqrt(fan in), 1/sqrt(fan in)), biases too', () => {
    expectUniform(denseOf().weight, 1 / Math.sqrt(200));
    expectUniform(convOf().weight, 1 / Math.sqrt(60));
    for (const [{ bias }, bound] of [
      [denseOf(), 1 / Math.sqrt(200)],
      [convOf(), 1 / Math.sqrt(60)],
    ] as const) {
      const largest = Math.max(...bias!.map(Math.abs));
      expect(largest).toBeLessThanOrEqual(bound);
      expect(largest).toBeGreaterThan(0.8 * bound);
    }
  });

  it('xavier_uniform_: U(-a, a), a = sqrt(6 / (fan in + fan out))', () => {
    expectUniform(denseOf('xavier_uniform').weight, Math.sqrt(6 / 300));
    expectUniform(convOf('xavier_uniform').weight, Math.sqrt(6 / 780));
  });

  it('xavier_normal_: deviation sqrt(2 / (fan in + fan out))', () => {
    expectNormal(denseOf('xavier_normal').weight, Math.sqrt(2 / 300));
    expectNormal(convOf('xavier_normal').weight, Math.sqrt(2 / 780));
  });

  it('kaiming_uniform_ with the gain of ReLU: U(-a, a), a = sqrt(6 / fan in)', () => {
    expectUniform(denseOf('he_uniform').weight, Math.sqrt(6 / 200));
    expectUniform(convOf('he_uniform').weight, Math.sqrt(6 / 60));
  });

  it('kaiming_normal_ with the gain of ReLU: deviation sqrt(2 / fan in)', () => {
    expectNormal(denseOf('he_normal').weight, Math.sqrt(2 / 200));
    expectNormal(convOf('he_normal').weight, Math.sqrt(2 / 60));
  });

  it.each(['xavier_uniform', 'xavier_normal', 'he_uniform', 'he_normal'] as const)(
    '%s leaves biases at zero',
    (init) => {
      for (const { bias } of [denseOf(init), convOf(init)]) expect(new Set(bias)).toEqual(new Set([0]));
    },
  );

  it('of an embedding: N(0, 1); of the norms: weight 1, bias 0', () => {
    expectNormal(draw({ type: 'embedding', numEmbeddings: 100, embeddingDim: 40 }, [3]).weight, 1);
    for (const norm of [
      { type: 'batch_norm', eps: 1e-5, momentum: 0.1, affine: true },
      { type: 'layer_norm', eps: 1e-5, affine: true },
    ] as const) {
      const { weight, bias } = draw(norm, [6]);
      expect([new Set(weight), new Set(bias)]).toEqual([new Set([1]), new Set([0])]);
    }
  });
});
