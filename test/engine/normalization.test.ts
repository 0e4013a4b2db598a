/** Batch norm and layer norm with known numbers, worked out by hand from PyTorch's definitions. */
import { describe, expect, it } from 'vitest';
import { gradient } from '../../agent/engine/autodiff/gradient.ts';
import type { Layout } from '../../agent/engine/nn/layer.ts';
import { registry } from '../../agent/engine/ops/registry.ts';
import type { BatchNormConfig, LayerConfig } from '../../shared/sweep/train.ts';
import { buildLayer, inputTypes, newBuilder, siteOf, toLayout } from './placed-layer.ts';
import type { Tensor } from './reference/tensor.ts';
import { runGraph } from './run-graph.ts';

const CONFIG: BatchNormConfig = { type: 'batch_norm', eps: 1, momentum: 0.25, affine: true };
const LAYOUTS: readonly Layout[] = ['rows', 'columns'];

interface Given {
  readonly config?: LayerConfig;
  readonly inputShape: readonly number[];
  readonly training: boolean;
  readonly layout: Layout;
  readonly parameters: Readonly<Record<string, readonly number[]>>;
}

/** y with the batch in front; running statistics; `dx`, the gradient of the sum of the first channel's squares. */
async function normalize(x: Tensor, { config = CONFIG, inputShape, training, layout, parameters }: Given) {
  const site = siteOf({ config, inputShape }, layout);
  const values = site.parameters.map(({ name, graphShape }) => ({
    shape: graphShape,
    data: parameters[name.slice(2)]!,
  }));
  const tensors = [toLayout(x, layout), ...values];
  const b = newBuilder();
  const inputs = inputTypes(tensors, 'float32').map((type, i) => b.input(`x${i}`, type));
  const { y, updates } = buildLayer(b, site, { incoming: layout, outgoing: layout, training }, inputs);
  b.output('y', y);
  for (const [name, value] of updates) b.output(name.slice(2), value);
  if (training) b.output('dx', gradient(registry, b, y, y, [inputs[0]!])[0]!);
  return runGraph(b.finish(), tensors);
}

const FRESH = { weight: [1, 1], bias: [0, 0], running_mean: [0, 0], running_var: [1, 1] };

function expectNumbers(got: readonly number[], wanted: readonly number[]): void {
  expect(got.length).toBe(wanted.length);
  got.forEach((value, i) => {
    expect(value).toBeCloseTo(wanted[i]!, 5);
  });
}

describe.each(LAYOUTS)('batch norm in %s', (layout) => {
  it('normalises features with the biased variance and keeps the unbiased one', async () => {
    // Means 3 and 10, biased variances 8 and 0; with eps 1 the deviations are divided by 3 and 1.
    const x = { shape: [4, 2], data: [-1, 10, 3, 10, 3, 10, 7, 10] };
    const parameters = { ...FRESH, weight: [3, 5], bias: [0.5, -2], running_mean: [1, 2], running_var: [2, 3] };
    const result = await normalize(x, { inputShape: [2], training: true, layout, parameters });
    expectNumbers(result.get('y')!.data, [-3.5, -2, 0.5, -2, 0.5, -2, 4.5, -2]);
    expectNumbers(result.get('running_mean')!.data, [0.75 * 1 + 0.25 * 3, 0.75 * 2 + 0.25 * 10]);
    // The unbiased variance of the first is 32 / 3.
    expectNumbers(result.get('running_var')!.data, [0.75 * 2 + 0.25 * (32 / 3), 0.75 * 3]);
  });

  it('takes all pixels of a channel together', async () => {
    // Two examples of two channels of 1x2: the first channel has 1, 3, 5, 7, the second 2, 2, 2, 6.
    const x = { shape: [2, 2, 1, 2], data: [1, 3, 2, 2, 5, 7, 2, 6] };
    const config = { ...CONFIG, affine: false, eps: 0 };
    const result = await normalize(x, { config, inputShape: [2, 1, 2], training: true, layout, parameters: FRESH });
    const [first, second] = [Math.sqrt(5), Math.sqrt(3)];
    const wanted = [-3 / first, -1 / first, -1 / second, -1 / second, 1 / first, 3 / first, -1 / second, 3 / second];
    expectNumbers(result.get('y')!.data, wanted);
    expectNumbers(result.get('running_mean')!.data, [1, 0.75]);
    expectNumbers(result.get('running_var')!.data, [0.75 + 0.25 * (20 / 3), 0.75 + 0.25 * 4]);
  });

  it('uses the running statistics in inference, and only them', async () => {
    const x = { shape: [1, 2], data: [5, -1] };
    const parameters = { weight: [2, 1], bias: [1, 0], running_mean: [1, 1], running_var: [3, 15] };
    const result = await normalize(x, { inputShape: [2], training: false, layout, parameters });
    expectNumbers(result.get('y')!.data, [((5 - 1) / 2) * 2 + 1, -2 / 4]);
    expect([...result.keys()]).toEqual(['y']);
  });

  it('normalises a batch of one example as in inference and leaves the running statistics alone', async () => {
    const x = { shape: [1, 2], data: [5, -1] };
    const parameters = { weight: [2, 1], bias: [1, 0], running_mean: [1, 1], running_var: [3, 15] };
    const result = await normalize(x, { inputShape: [2], training: true, layout, parameters });
    expectNumbers(result.get('y')!.data, [5, -0.5]);
    expectNumbers(result.get('running_mean')!.data, [1, 1]);
    expectNumbers(result.get('running_var')!.data, [3, 15]);
    expectNumbers(result.get('dx')!.data, [5, -0.5 / 4]);
  });

  it('has a variance from one example with several pixels', async () => {
    const x = { shape: [1, 1, 1, 2], data: [1, 3] };
    const config = { ...CONFIG, eps: 0, affine: false };
    const parameters = { running_mean: [0], running_var: [1] };
    const result = await normalize(x, { config, inputShape: [1, 1, 2], training: true, layout, parameters });
    expectNumbers(result.get('y')!.data, [-1, 1]);
    expectNumbers(result.get('running_var')!.data, [0.75 + 0.25 * 2]);
  });

  it('gives the bias where a channel has no variance, with a gradient that is finite', async () => {
    const x = { shape: [3, 1], data: [7, 7, 7] };
    const config = { ...CONFIG, eps: 1e-5 };
    const parameters = { weight: [2], bias: [0.5], running_mean: [0], running_var: [1] };
    const result = await normalize(x, { config, inputShape: [1], training: true, layout, parameters });
    expectNumbers(result.get('y')!.data, [0.5, 0.5, 0.5]);
    expectNumbers(result.get('dx')!.data, [0, 0, 0]);
    expectNumbers(result.get('running_var')!.data, [0.75]);
  });

  it('shows NaN and infinity in the channel that has them, not in others', async () => {
    for (const bad of [Number.NaN, Number.POSITIVE_INFINITY]) {
      const x = { shape: [2, 2], data: [bad, 1, 0, 3] };
      const result = await normalize(x, { inputShape: [2], training: true, layout, parameters: FRESH });
      const y = result.get('y')!.data;
      expect([y[0], y[2]].every(Number.isNaN)).toBe(true);
      expectNumbers([y[1]!, y[3]!], [-Math.SQRT1_2, Math.SQRT1_2]);
      expect(result.get('running_var')!.data[0]).toBeNaN();
    }
  });
});

describe.each(LAYOUTS)('layer norm in %s', (layout) => {
  it.each([true, false])('normalises each example by itself, training %s', async (training) => {
    const x = { shape: [2, 4], data: [-1, 3, 3, 7, 5, 5, 5, 5] };
    const config = { type: 'layer_norm', eps: 1, affine: true } as const;
    const parameters = { weight: [3, 6, 3, 3], bias: [0, 0, 1, 0.5] };
    const result = await normalize(x, { config, inputShape: [4], training, layout, parameters });
    expectNumbers(result.get('y')!.data, [-4, 0, 1, 4.5, 0, 0, 1, 0.5]);
  });
});
