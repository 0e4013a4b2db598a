import { describe, expect, it } from 'vitest';
import { gradient } from '../../agent/engine/autodiff/gradient.ts';
import { Builder } from '../../agent/engine/ir/graph.ts';
import { tensorType } from '../../agent/engine/ir/types.ts';
import { draw32Nodes, elementWords, uniformFromWords } from '../../agent/engine/nn/counter-random.ts';
import type { Features } from '../../agent/engine/nn/layer.ts';
import { layerDef } from '../../agent/engine/nn/layers.ts';
import { registry } from '../../agent/engine/ops/registry.ts';
import { deriveKey, draw32, mix32 } from '../../shared/kernel/random.ts';
import type { Tensor } from './reference/tensor.ts';
import { runGraph } from './run-graph.ts';

const scalar = (value: number): Tensor => ({ shape: [], data: [value] });

describe('counter random numbers in the graph', () => {
  it('are those of the kernel', async () => {
    const b = new Builder(registry, 'random');
    const key = b.input('key', tensorType('uint32', []));
    const counter = b.input('counter', tensorType('uint32', []));
    const words = elementWords(b, key, [4, 8]);
    b.output('draw', draw32Nodes(b, key, counter));
    b.output('words', words);
    b.output('uniform', uniformFromWords(b, words));
    const graph = b.finish();
    for (let trial = 0; trial < 20; trial++) {
      const keyValue = deriveKey('test', trial);
      const counterValue = mix32(trial);
      const results = await runGraph(graph, [scalar(keyValue), scalar(counterValue)]);
      expect(results.get('draw')!.data).toEqual([draw32(keyValue, counterValue)]);
      const expected = Array.from({ length: 32 }, (_, i) => mix32((keyValue + Math.imul(i, 0x9e3779b9)) >>> 0));
      expect(results.get('words')!.data).toEqual(expected);
      expect(results.get('uniform')!.data).toEqual(expected.map((word) => (word >>> 8) / 2 ** 24));
    }
  });
});

describe('dropout', () => {
  const rate = 0.3;
  const shape = [100, 50];
  const config = { type: 'dropout', rate } as const;

  async function drop(seed: number, step: number, layer = '1', bitOps = true) {
    const b = new Builder(registry, 'dropout');
    const x = b.input('x', tensorType('float32', shape));
    const key = b.input('key', tensorType('uint32', []));
    const stepValue = b.input('step', tensorType('uint32', []));
    const rateValue = b.input('rate', tensorType('float32', []));
    const def = layerDef(config);
    const placed = {
      config,
      name: layer,
      inputShape: [100],
      outputShape: [100],
      layout: 'columns',
      branches: [],
    } as const;
    const training = { hyper: () => rateValue, key: () => key, step: () => stepValue, bitOps, update: () => {} };
    const input = { value: x, layout: 'columns', shape: [100] } as const;
    const y = def.build({ b, parameter: () => x, training, sequence: (_, from) => from }, placed, input).value;
    b.output('y', y);
    b.output('dx', gradient(registry, b, y, b.scalar('float32', 1), [x])[0]!);
    const causes = def.keys(config, layer)[0]!;
    const ones = { shape, data: new Array<number>(5000).fill(1) };
    return runGraph(b.finish(), [ones, scalar(deriveKey(seed, ...causes)), scalar(step), scalar(rate)]);
  }

  it.each([
    ['by bits', true],
    ['by arithmetic', false],
  ])('drops about its rate, scales what it keeps, and lets gradients through the same mask: %s', async (_, bitOps) => {
    const result = await drop(1, 0, '1', bitOps);
    const y = result.get('y')!.data;
    const dropped = y.filter((value) => value === 0).length;
    // Binomial with n = 5000: five standard deviations are 162.
    expect(Math.abs(dropped - rate * 5000)).toBeLessThan(162);
    expect(new Set(y)).toEqual(new Set([0, Math.fround(1 / Math.fround(1 - Math.fround(rate)))]));
    expect(result.get('dx')).toEqual(result.get('y'));
  });

  it.each([
    ['by bits', true],
    ['by arithmetic', false],
  ])('draws by seed, layer and step alone: %s', async (_, bitOps) => {
    const of = (seed: number, step: number, layer = '1') => drop(seed, step, layer, bitOps);
    const masks = await Promise.all([of(1, 3), of(1, 3), of(2, 3), of(1, 4), of(1, 3, '2')]);
    const texts = masks.map((mask) => mask.get('y')!.data.join());
    expect(texts[1]).toBe(texts[0]);
    expect(new Set(texts).size).toBe(4);
  });

  it('keeps everything outside training', () => {
    const b = new Builder(registry, 'inference');
    const x = b.input('x', tensorType('float32', shape));
    const placed = {
      config,
      name: '0',
      branches: [],
      inputShape: [100],
      outputShape: [100],
      layout: 'columns',
    } as const;
    const input = { value: x, layout: 'columns', shape: [100] } as const;
    const context = { b, parameter: () => x, training: null, sequence: (_: unknown, from: Features) => from };
    expect(layerDef(config).build(context, placed, input).value).toBe(x);
  });
});
