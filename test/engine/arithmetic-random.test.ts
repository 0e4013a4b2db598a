import { describe, expect, it } from 'vitest';
import { Builder } from '../../agent/engine/ir/graph.ts';
import { tensorType } from '../../agent/engine/ir/types.ts';
import { arithmeticUniforms } from '../../agent/engine/nn/arithmetic-random.ts';
import { registry } from '../../agent/engine/ops/registry.ts';
import { runGraph } from './run-graph.ts';

const COUNT = 2 ** 15;
const GOLDEN = 0x9e3779b9n;
const WORD = 2n ** 32n;

/** The definition, in whole numbers that do not wrap by themselves. */
function mix(word: bigint): bigint {
  return [0x85ebca6bn, 0xc2b2ae35n, 0x27d4eb2fn].reduce((x, constant) => {
    const mixed = (x * (2n * x + 1n) + constant) % WORD;
    return ((mixed * 65536n) % WORD) + mixed / 65536n;
  }, word);
}

async function draw(key: number, counter: number, count = COUNT): Promise<readonly number[]> {
  const b = new Builder(registry, 'random');
  const [k, c] = ['key', 'counter'].map((name) => b.input(name, tensorType('uint32', [])));
  b.output('uniform', arithmeticUniforms(b, k!, c!, [count]));
  const results = await runGraph(b.finish(), [
    { shape: [], data: [key] },
    { shape: [], data: [counter] },
  ]);
  return results.get('uniform')!.data;
}

/** How far a sum of independent draws lies from its mean, in standard deviations. */
const deviations = (sum: number, mean: number, variance: number): number => Math.abs(sum - mean) / Math.sqrt(variance);

describe('random numbers by arithmetic', () => {
  it('are the upper 24 bits of the words that the definition gives', async () => {
    const key = mix((123n + 7n * GOLDEN) % WORD);
    const expected = Array.from({ length: 64 }, (_, i) => mix((BigInt(i) * GOLDEN + key) % WORD) / 256n);
    expect(await draw(123, 7, 64)).toEqual(expected.map((word) => Number(word) / 2 ** 24));
  });

  it('are even, and know neither their neighbours nor the step before', async () => {
    for (const key of [0, 1, 0xdeadbeef]) {
      const [now, next] = [await draw(key, 3), await draw(key, 4)];
      const buckets = new Array<number>(64).fill(0);
      for (const value of now) buckets[Math.floor(value * 64)]!++;
      const chi = buckets.reduce((sum, count) => sum + (count - COUNT / 64) ** 2 / (COUNT / 64), 0);
      expect(deviations(chi, 63, 2 * 63)).toBeLessThan(5);
      const centred = (values: readonly number[]): readonly number[] => values.map((value) => value - 0.5);
      const [u, v] = [centred(now), centred(next)];
      for (const lag of [1, 2, 8, 10, 32, 100, 784]) {
        const sum = u.slice(lag).reduce((total, value, i) => total + value * u[i]!, 0);
        expect(deviations(sum, 0, (COUNT - lag) / 144)).toBeLessThan(5);
      }
      expect(
        deviations(
          u.reduce((total, value, i) => total + value * v[i]!, 0),
          0,
          COUNT / 144,
        ),
      ).toBeLessThan(5);
    }
  });
});
