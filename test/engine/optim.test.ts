/** First steps of each optimizer, worked out by hand from `torch.optim`'s documented rule. */
import { describe, expect, it } from 'vitest';
import { Builder } from '../../agent/engine/ir/graph.ts';
import { tensorType, type Value } from '../../agent/engine/ir/types.ts';
import { registry } from '../../agent/engine/ops/registry.ts';
import { optimizerDef } from '../../agent/engine/optim/optimizers.ts';
import { applyChain } from '../../agent/engine/optim/transform.ts';
import type { SgdConfig } from '../../shared/sweep/train.ts';
import type { Tensor } from './reference/tensor.ts';
import { openGraph } from './run-graph.ts';

/** Parameters after each step on the loss w^2 / 2, whose gradient is w. */
async function descend(config: SgdConfig, start: number, steps: number): Promise<readonly number[]> {
  const optimizer = optimizerDef(config);
  const chain = optimizer.chain(config);
  const values = Object.entries(optimizer.hyper(config));
  const b = new Builder(registry, 'optimizer');
  const type = tensorType('float64', [1]);
  const parameter = b.input('w', type);
  const slots = chain.flatMap((transform) => transform.slots).map((name) => b.input(name, type));
  const scalars = new Map(values.map(([name]) => [name, b.input(name, tensorType('float64', []))]));
  const hyper = (name: string): Value => scalars.get(name)!;
  const gradient = b.op('Mul', [parameter, optimizer.seed(b, hyper)]);
  const result = applyChain(chain, { b, hyper, parameter }, gradient, slots);
  b.output('next w', b.op('Add', [parameter, result.update]));
  result.slots.forEach((slot, i) => {
    b.output(`next slot ${i}`, slot);
  });
  const runner = await openGraph(b.finish());
  const path: number[] = [];
  let state: Tensor[] = [start, ...slots.map(() => 0)].map((value) => ({ shape: [1], data: [value] }));
  for (let step = 0; step < steps; step++) {
    const out = await runner.run([...state, ...values.map(([, value]) => ({ shape: [], data: [value] }))]);
    state = [out.get('next w')!, ...slots.map((_, i) => out.get(`next slot ${i}`)!)];
    path.push(state[0]!.data[0]!);
  }
  await runner.release();
  return path;
}

const SGD: SgdConfig = { type: 'sgd', lr: 0.1, momentum: 0, nesterov: false, weightDecay: 0 };

function expectPath(actual: readonly number[], expected: readonly number[]): void {
  expect(actual).toHaveLength(expected.length);
  actual.forEach((value, i) => {
    expect(value).toBeCloseTo(expected[i]!, 12);
  });
}

describe('SGD', () => {
  it('plain: w -= lr g', async () => {
    // 2 - 0.1*2 = 1.8; 1.8 - 0.18 = 1.62; 1.62 - 0.162 = 1.458
    expectPath(await descend(SGD, 2, 3), [1.8, 1.62, 1.458]);
  });

  it('momentum: v = mu v + g; w -= lr v', async () => {
    // v = 2, w = 1.8; v = 1 + 1.8 = 2.8, w = 1.52; v = 1.4 + 1.52 = 2.92, w = 1.228
    expectPath(await descend({ ...SGD, momentum: 0.5 }, 2, 3), [1.8, 1.52, 1.228]);
  });

  it('nesterov: w -= lr (g + mu v)', async () => {
    // v = 2, w = 2 - 0.1 (2 + 1) = 1.7; v = 1 + 1.7 = 2.7, w = 1.7 - 0.1 (1.7 + 1.35) = 1.395
    expectPath(await descend({ ...SGD, momentum: 0.5, nesterov: true }, 2, 2), [1.7, 1.395]);
  });

  it('weight decay is added to the gradient, before momentum', async () => {
    // g = 2 + 0.5*2 = 3, v = 3, w = 1.7; g = 1.7 + 0.85 = 2.55, v = 1.5 + 2.55 = 4.05, w = 1.295
    expectPath(await descend({ ...SGD, momentum: 0.5, weightDecay: 0.5 }, 2, 2), [1.7, 1.295]);
    // g = 3, w = 2 - 0.3 = 1.7; g = 2.55, w = 1.445
    expectPath(await descend({ ...SGD, weightDecay: 0.5 }, 2, 2), [1.7, 1.445]);
  });

  it('keeps a slot only where there is momentum', () => {
    const slots = (config: SgdConfig) =>
      optimizerDef(config)
        .chain(config)
        .flatMap((transform) => transform.slots);
    expect(slots(SGD)).toEqual([]);
    expect(slots({ ...SGD, momentum: 0.9 })).toEqual(['velocity']);
  });
});
