import { describe, expect, it } from 'vitest';
import { stepsPerTrip } from '../../../../agent/engine/compile/sizes.ts';
import { stateTensors, structureKey } from '../../../../agent/engine/compile/structure.ts';
import { createOrtEngine, type Structure } from '../../../../agent/engine/index.ts';
import { decodeCheckpoint } from '../../../../agent/engine/run/checkpoint.ts';
import { OptimizerScalars } from '../../../../agent/engine/run/optimizer-scalars.ts';
import { SowerError } from '../../../../shared/kernel/errors.ts';
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

describe('the least momentum that is scaled', () => {
  it('leaves slots room for the longest trip', () => {
    const optimizer = { ...PLAIN_SGD, momentum: 2 ** -7 };
    const structure = smallStructure({ optimizer });
    const stretch = { trips: 1, stepsPerTrip: stepsPerTrip(structure), updates: 0, slotScale: 1, slotPhase: 0 };
    expect(stretch.stepsPerTrip).toBe(8);
    expect(
      scalarsOf(optimizer)
        .over(stretch, () => 0.1)
        .slotScales.at(-1),
    ).toBe(2 ** -56);
    expect(scalarsOf(optimizer).slotPeriod(1)).toBe(8);
    expect(stateTensors(structure).some(({ name }) => name.endsWith('/scaled_momentum_buffer'))).toBe(true);
    for (const momentum of [2 ** -7.1, 1]) {
      const other = smallStructure({ optimizer: { ...PLAIN_SGD, momentum } });
      expect(stateTensors(other).some(({ name }) => name.endsWith('/momentum_buffer'))).toBe(true);
      expect(structureKey(other)).not.toBe(structureKey(structure));
    }
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

it('begins a period with an epoch, which a shorter batch ends', async () => {
  const structure = smallStructure({ optimizer: { ...PLAIN_SGD, momentum: 0.9 }, inputType: 'float32' });
  const { layers, optimizer, batchSize, inputShape, classes } = structure;
  const width = inputShape.reduce((product, dim) => product * dim, 1);
  const train = {
    features: Float32Array.from({ length: 24 * width }, (_, i) => Math.sin(i)),
    labels: Int32Array.from({ length: 24 }, (_, i) => i % classes!),
    shape: inputShape,
    rows: 24,
  };
  const engine = await createOrtEngine({ threads: 1 });
  try {
    const run = await (await engine.compile(structure)).start({ seed: 1, train, layers, optimizer });
    const phase = (): string | undefined => decodeCheckpoint(run.save()).metadata.slot_phase;
    const order = Int32Array.from({ length: 3 * batchSize }, (_, i) => i % 24);
    await run.trainChunk(order);
    expect(phase()).toBe('3');
    await run.trainChunk(order.subarray(1));
    expect(phase()).toBe('0');
    await run.trainChunk(order);
    run.beginEpoch();
    expect(phase()).toBe('0');
    const damaged = Buffer.from(run.save());
    damaged.write('-1', damaged.indexOf('"slot_phase":"0"') + 14);
    expect(() => run.restore(damaged)).toThrow(SowerError);
  } finally {
    await engine.close();
  }
});
