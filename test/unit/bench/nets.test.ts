import { describe, expect, it } from 'vitest';
import { planModel } from '../../../agent/engine/nn/model.ts';
import { stepFlops } from '../../../bench/nets/flops.ts';
import { BENCH_NETS, benchNet } from '../../../bench/nets/nets.ts';
import { comparedSteps, makeWorkload } from '../../../bench/nets/workload.ts';

function parameterCount(name: string): number {
  const { parameters } = planModel(benchNet(name).structure);
  return parameters
    .filter(({ trainable }) => trainable)
    .reduce((sum, { shape }) => sum + shape.reduce((product, dim) => product * dim, 1), 0);
}

describe('the benchmark networks', () => {
  it('have the parameters that PyTorch counts', () => {
    expect(parameterCount('mlp')).toBe(784 * 100 + 100 + 1010);
    expect(parameterCount('conv8')).toBe(80 + 1568 * 100 + 100 + 1010);
    expect(parameterCount('seedB')).toBe(416 + 1160 + 1568 * 100 + 100 + 1010);
    expect(parameterCount('lenet')).toBe(156 + 2416 + 704 * 120 + 120 + 120 * 84 + 84 + 850);
    expect(parameterCount('vgg13')).toBe(129_098_340);
  });

  it('are refused by a wrong name, which lists the right ones', () => {
    expect(() => benchNet('vgg')).toThrow(/no benchmark network "vgg"/);
  });

  it('count their work as direct convolution', () => {
    // The first layer has no gradient of its inputs.
    expect(stepFlops(benchNet('mlp'))).toBe(32 * 2 * (2 * 78_400 + 3 * 1000));
    const wide = 32 * 2 * (2 * 576 * 784 + 3 * (64 * 1152 * 196 + 128 * 2304 * 49 + 12_544 * 128 + 1280));
    expect(stepFlops(benchNet('wide'))).toBe(wide);
    expect(wide / 1e9).toBeCloseTo(5.92, 2);
  });

  it('have enough rows and batches to compare first losses', () => {
    for (const net of BENCH_NETS) {
      expect(comparedSteps(net)).toBe(net.name === 'vgg13' ? 3 : 20);
      expect(net.rows).toBeGreaterThanOrEqual(net.structure.batchSize);
    }
  });
});

describe('the workload', () => {
  const net = { ...benchNet('mlp'), rows: 500, epochSteps: 20 };
  const { train, order } = makeWorkload(net);

  it('is the same every time, and asks only for rows there are', () => {
    const again = makeWorkload(net);
    expect(Buffer.compare(again.train.features, train.features)).toBe(0);
    expect(again.order).toEqual(order);
    expect(order).toHaveLength(20 * 32);
    expect(Math.max(...order)).toBeLessThan(500);
    expect(Math.min(...order)).toBeGreaterThanOrEqual(0);
  });

  it('has four blank values of five', () => {
    const blank = train.features.filter((value) => value === 0).length / train.features.length;
    expect(blank).toBeGreaterThan(0.78);
    expect(blank).toBeLessThan(0.83);
  });

  it('can be learned: rows of a class are more alike than rows of two', () => {
    const distance = (a: number, b: number): number => {
      let sum = 0;
      for (let i = 0; i < 784; i++) sum += Math.abs(train.features[a * 784 + i]! - train.features[b * 784 + i]!);
      return sum;
    };
    const means = [true, false].map((same) => {
      const pairs = Array.from({ length: 100 }, (_, a) => a).flatMap((a) =>
        Array.from({ length: a }, (_, b) => [a, b] as const).filter(
          ([left, right]) => (train.labels[left] === train.labels[right]) === same,
        ),
      );
      return pairs.reduce((sum, [a, b]) => sum + distance(a, b), 0) / pairs.length;
    });
    expect(means[0]).toBeLessThan(0.95 * means[1]!);
  });
});
