import { describe, expect, it } from 'vitest';
import { Builder } from '../../agent/engine/ir/graph.ts';
import { tensorType } from '../../agent/engine/ir/types.ts';
import { losses } from '../../agent/engine/nn/losses.ts';
import { registry } from '../../agent/engine/ops/registry.ts';
import { deriveKey, drawUniform } from '../../shared/kernel/random.ts';
import { runGraph } from './run-graph.ts';

function numbers(count: number, key: number): readonly number[] {
  return Array.from({ length: count }, (_, i) => Math.fround(4 * drawUniform(key, i) - 2));
}

describe('cross entropy', () => {
  const build = (dtype: 'float32' | 'float64', rows: number, classes: number) => {
    const b = new Builder(registry, 'loss');
    const z = b.input('z', tensorType(dtype, [rows, classes]));
    const labels = b.input('labels', tensorType('int32', [rows]));
    const loss = losses.cross_entropy;
    const targets = loss.targets(b, labels, classes, dtype);
    const perRow = loss.perRow(b, z, targets);
    b.output('mean', b.op('ReduceMean', [perRow], { axes: [0], keepDims: false }));
    b.output('per row', perRow);
    b.output('dz', loss.gradient(b, z, targets, b.scalar(dtype, 2)));
    return b.finish();
  };
  const labels = { shape: [4], data: [0, 2, 1, 2] };

  it('has the gradient that central differences say, scaled by the seed', async () => {
    const graph = build('float64', 4, 3);
    const z = numbers(12, deriveKey('scores'));
    const at = async (data: readonly number[]) => runGraph(graph, [{ shape: [4, 3], data }, labels]);
    const dz = (await at(z)).get('dz')!.data;
    const h = 1e-5;
    for (let i = 0; i < z.length; i++) {
      const moved = (by: number) => at(z.map((value, j) => (j === i ? value + by : value)));
      const [up, down] = await Promise.all([moved(h), moved(-h)]);
      const numeric = (up.get('mean')!.data[0]! - down.get('mean')!.data[0]!) / (2 * h);
      expect(dz[i]! / 2).toBeCloseTo(numeric, 9);
    }
  });

  it('stays exact where probabilities underflow', async () => {
    const data = [200, 0, 0, 0, 0, -200, -300, 100, 0, 50, 50, 50];
    const result = await runGraph(build('float32', 4, 3), [{ shape: [4, 3], data }, labels]);
    const perRow = result.get('per row')!.data;
    expect(perRow[0]).toBeCloseTo(0, 6);
    expect(perRow[1]).toBeCloseTo(200 + Math.log(2), 4);
    expect(perRow[2]).toBeCloseTo(0, 6);
    expect(perRow[3]).toBeCloseTo(Math.log(3), 6);
    const mean = perRow.reduce((sum, value) => sum + value, 0) / 4;
    expect(result.get('mean')!.data[0]).toBeCloseTo(mean, 4);
    expect(
      result
        .get('dz')!
        .data.slice(3, 6)
        .map((value) => value + 0),
    ).toEqual([0.25, 0.25, -0.5]);
  });
});
