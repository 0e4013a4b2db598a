/** Losses against PyTorch's definitions, their gradients against central differences, and where numbers run out. */
import { describe, expect, it } from 'vitest';
import { Builder } from '../../agent/engine/ir/graph.ts';
import { tensorType } from '../../agent/engine/ir/types.ts';
import { lossDef, losses } from '../../agent/engine/nn/losses.ts';
import { registry } from '../../agent/engine/ops/registry.ts';
import { deriveKey, draw32, drawUniform } from '../../shared/kernel/random.ts';
import { LOSS_CASES, type LossCase } from './loss-cases.ts';
import type { Tensor } from './reference/tensor.ts';
import { openGraph, runGraph } from './run-graph.ts';

const ROWS = 5;
const STEP = 1e-5;

type Float = 'float32' | 'float64';

/** Outputs: `per row`, `mean` as training reports it, and `dz`, the gradient of 2 mean. */
function lossGraph({ config, classes, outputs }: LossCase, dtype: Float, rows = ROWS) {
  const b = new Builder(registry, 'loss');
  const z = b.input('z', tensorType(dtype, [rows, outputs]));
  const labels = b.input('labels', classes === null ? tensorType(dtype, [rows, outputs]) : tensorType('int32', [rows]));
  const loss = lossDef(config);
  const targets = loss.targets(b, labels, { classes, outputs }, dtype);
  const perRow = loss.perRow(b, z, targets);
  const total = { axes: [0], keepDims: false };
  const weight =
    loss.rowWeights === null ? b.scalar(dtype, rows) : b.op('ReduceSum', [loss.rowWeights(b, targets)], total);
  b.output('mean', b.op('Div', [b.op('ReduceSum', [perRow], total), weight]));
  b.output('per row', perRow);
  b.output('dz', loss.gradient(b, z, targets, b.scalar(dtype, 2)));
  return b.finish();
}

function numbers(count: number, key: number): readonly number[] {
  return Array.from({ length: count }, (_, i) => Math.fround(4 * drawUniform(key, i) - 2));
}

function problemOf({ classes, outputs }: LossCase, at: number): { readonly z: Tensor; readonly labels: Tensor } {
  const labelKey = deriveKey('labels', at);
  const labels =
    classes === null
      ? { shape: [ROWS, outputs], data: numbers(ROWS * outputs, labelKey) }
      : { shape: [ROWS], data: Array.from({ length: ROWS }, (_, i) => draw32(labelKey, i) % classes) };
  return { z: { shape: [ROWS, outputs], data: numbers(ROWS * outputs, deriveKey('scores', at)) }, labels };
}

function expectedRows({ classes, outputs, row }: LossCase, z: Tensor, labels: Tensor) {
  return Array.from({ length: ROWS }, (_, i) => {
    const slice = (data: readonly number[]) => data.slice(i * outputs, (i + 1) * outputs);
    return row(slice(z.data), classes === null ? slice(labels.data) : labels.data[i]!);
  });
}

const cases = Object.entries(LOSS_CASES).flatMap(([kind, list]) => list.map((each, at) => ({ kind, at, each })));
const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

describe('every loss', () => {
  it('has cases', () => {
    expect(Object.keys(LOSS_CASES).sort()).toEqual(Object.keys(losses).sort());
    for (const [kind, list] of Object.entries(LOSS_CASES)) {
      expect(list.length).toBeGreaterThan(0);
      for (const { config } of list) expect(config.type).toBe(kind);
    }
  });

  it.each(cases)('$kind, case $at: is what PyTorch defines', async ({ each, at }) => {
    const { z, labels } = problemOf(each, at);
    const expected = expectedRows(each, z, labels);
    const wanted = sum(expected.map(({ loss }) => loss)) / sum(expected.map(({ weight }) => weight));
    for (const [dtype, digits] of [
      ['float32', 5],
      ['float64', 12],
    ] as const) {
      const result = await runGraph(lossGraph(each, dtype), [z, labels]);
      result.get('per row')!.data.forEach((value, i) => {
        expect(value).toBeCloseTo(expected[i]!.loss, digits);
      });
      expect(result.get('mean')!.data[0]).toBeCloseTo(wanted, digits);
    }
  });

  it.each(cases)(
    '$kind, case $at: has the gradient that central differences say, times the seed',
    async ({ each, at }) => {
      const { z, labels } = problemOf(each, at);
      const runner = await openGraph(lossGraph(each, 'float64'));
      const meanAt = async (data: readonly number[]): Promise<number> =>
        (await runner.run([{ shape: z.shape, data }, labels])).get('mean')!.data[0]!;
      const dz = (await runner.run([z, labels])).get('dz')!;
      expect(dz.shape).toEqual(z.shape);
      for (let i = 0; i < z.data.length; i++) {
        const moved = (by: number) => meanAt(z.data.map((value, j) => (j === i ? value + by : value)));
        const numeric = ((await moved(STEP)) - (await moved(-STEP))) / (2 * STEP);
        expect(Math.abs(dz.data[i]! / 2 - numeric) / Math.max(Math.abs(numeric), 1e-3)).toBeLessThan(1e-6);
      }
      await runner.release();
    },
  );

  it.each(cases)('$kind, case $at: is NaN where a score is', async ({ each, at }) => {
    const { z, labels } = problemOf(each, at);
    const spoilt = { shape: z.shape, data: z.data.map(() => Number.NaN) };
    const result = await runGraph(lossGraph(each, 'float32'), [spoilt, labels]);
    expect(result.get('mean')!.data[0]).toBeNaN();
  });

  it.each(cases.filter(({ each }) => each.config.type !== 'mse'))(
    '$kind, case $at: stays finite for scores of 10,000',
    async ({ each, at }) => {
      const { z, labels } = problemOf(each, at);
      const far = { shape: z.shape, data: z.data.map((value) => 10_000 * Math.sign(value)) };
      const result = await runGraph(lossGraph(each, 'float32'), [far, labels]);
      for (const name of ['mean', 'dz']) for (const value of result.get(name)!.data) expect(value).not.toBeNaN();
      expect(Number.isFinite(result.get('mean')!.data[0])).toBe(true);
    },
  );
});

describe('cross entropy', () => {
  it('stays exact where probabilities underflow', async () => {
    const labels = { shape: [4], data: [0, 2, 1, 2] };
    const data = [200, 0, 0, 0, 0, -200, -300, 100, 0, 50, 50, 50];
    const [plain] = LOSS_CASES.cross_entropy as readonly [LossCase];
    const result = await runGraph(lossGraph(plain, 'float32', 4), [{ shape: [4, 3], data }, labels]);
    const perRow = result.get('per row')!.data;
    expect(perRow[0]).toBeCloseTo(0, 6);
    expect(perRow[1]).toBeCloseTo(200 + Math.log(2), 4);
    expect(perRow[2]).toBeCloseTo(0, 6);
    expect(perRow[3]).toBeCloseTo(Math.log(3), 6);
    expect(result.get('mean')!.data[0]).toBeCloseTo(sum(perRow) / 4, 4);
    const second = result.get('dz')!.data.slice(3, 6);
    expect(second.map((value) => value + 0)).toEqual([0.25, 0.25, -0.5]);
  });
});
