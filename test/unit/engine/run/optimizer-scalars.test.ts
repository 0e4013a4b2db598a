import { describe, expect, it } from 'vitest';
import { createOrtEngine, type Structure } from '../../../../agent/engine/index.ts';
import { OptimizerScalars } from '../../../../agent/engine/run/optimizer-scalars.ts';
import type { SgdConfig } from '../../../../shared/sweep/train.ts';
import { PLAIN_SGD, smallStructure } from '../../../engine/problems.ts';

const scalarsOf = (optimizer: SgdConfig): OptimizerScalars =>
  new OptimizerScalars(smallStructure({ optimizer }), { layers: [], optimizer });

describe('the scale of momentum buffers', () => {
  const scalars = scalarsOf({ ...PLAIN_SGD, lr: 0.1, momentum: 0.3 });

  it('is undone by what multiplies the buffers before each trip, in powers of two', () => {
    const { carry, moving, slotScales } = scalars.over(
      { trips: 4, stepsPerTrip: 3, updates: 5, slotScale: 0.3 ** 5, slotPhase: 0 },
      () => 0.1,
    );
    expect([...carry].every((factor) => Number.isInteger(Math.log2(factor)))).toBe(true);
    let carried = 1;
    for (const [step, scale] of slotScales.entries()) {
      if (step % 3 === 0) carried *= carry[step / 3]!;
      expect((scale * carried) / 0.3 ** (6 + step)).toBeCloseTo(1, 12);
      expect(moving.get('gain')![step]! * scale).toBeCloseTo(1, 6);
      expect(moving.get('drop')![step]! / (-0.1 * scale)).toBeCloseTo(1, 6);
      // Never further from 1 than a trip and a power of two take it.
      expect(scale).toBeGreaterThanOrEqual(0.3 ** 3);
      expect(scale).toBeLessThan(2);
    }
  });

  it('falls through a whole run of single steps, but never so far that floats end', () => {
    const stretch = { trips: scalars.slotPeriod(1), stepsPerTrip: 1, updates: 0, slotScale: 1, slotPhase: 0 };
    const { carry, slotScales } = scalars.over(stretch, () => 0.1);
    expect([...carry]).toEqual([1]);
    expect(Math.log2(slotScales.at(-1)!)).toBeGreaterThanOrEqual(-56);
    expect(Math.log2(slotScales.at(-1)!)).toBeLessThan(-54);
    expect(scalarsOf(PLAIN_SGD).slotPeriod(8)).toBe(Number.POSITIVE_INFINITY);
    expect(scalarsOf({ ...PLAIN_SGD, momentum: 1 }).slotPeriod(1)).toBe(Number.POSITIVE_INFINITY);
    expect(scalars.slotPeriod(8)).toBe(8);
  });

  it('is left alone within a period', () => {
    const stretch = { trips: 2, stepsPerTrip: 1, updates: 3, slotScale: 0.027, slotPhase: 3 };
    expect([...scalars.over(stretch, () => 0.1).carry]).toEqual([1]);
    expect([...scalars.over({ ...stretch, slotPhase: 0 }, () => 0.1).carry]).toEqual([2 ** -6]);
  });
});

describe('momentum that fades fast', () => {
  /** Eight batches a step leave one step a trip. */
  const structure: Structure = smallStructure({
    optimizer: { ...PLAIN_SGD, lr: 0.1, momentum: 0.01 },
    accumulateBatches: 8,
    inputType: 'float32',
  });

  it.each([
    ['a step at a time', 1],
    ['a few steps at a time', 7],
  ])('gives the same bits in one run and %s', async (_, steps) => {
    const engine = await createOrtEngine({ threads: 1 });
    try {
      const program = await engine.compile(structure);
      const { layers, optimizer, batchSize, inputShape, classes } = structure;
      const width = inputShape.reduce((product, dim) => product * dim, 1);
      const rows = 24;
      const train = {
        features: Float32Array.from({ length: rows * width }, (__, i) => Math.sin(i)),
        labels: Int32Array.from({ length: rows }, (__, i) => i % classes!),
        shape: inputShape,
        rows,
      };
      const perStep = 8 * batchSize;
      const order = Int32Array.from({ length: 50 * perStep }, (__, i) => (i * 7) % rows);
      const whole = await program.start({ seed: 1, train, layers, optimizer });
      const { losses, finite } = await whole.trainChunk(order);
      expect(finite).toBe(true);
      const cut = await program.start({ seed: 1, train, layers, optimizer });
      const found: number[] = [];
      for (let from = 0; from < order.length; from += steps * perStep) {
        found.push(...(await cut.trainChunk(order.subarray(from, from + steps * perStep))).losses);
      }
      expect(found).toEqual([...losses]);
      expect(cut.parameters()).toEqual(whole.parameters());
    } finally {
      await engine.close();
    }
  });
});
