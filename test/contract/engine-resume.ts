/** Runs that are cut, saved and resumed go on as if nothing had happened, whatever is trained and how. */
import { describe, expect, it } from 'vitest';
import type { StartOptions, Structure } from '../../agent/engine/port.ts';
import { OPTIMIZERS } from '../engine/optimizer-configs.ts';
import {
  BATCH,
  batches,
  convNet,
  mlp,
  regression,
  regressionExamples,
  train,
  withBatchNorm,
  withDropout,
} from './engine-nets.ts';
import { type EngineSuite, engineRig } from './engine-rig.ts';

/** Batches of the whole order; the last is shorter. */
const COUNT = 12.5;
/** Borders of chunks that suit every number of accumulated batches used here. */
const CUTS = [0, 2, 6, 8, 13];

interface Case {
  readonly of: Structure;
  readonly options?: Partial<StartOptions>;
  readonly rates?: Float32Array;
}

/** A rate for every batch, as a warm-up and a one-cycle schedule give them. */
const RATES = Float32Array.from({ length: Math.ceil(COUNT) }, (_, i) => 0.02 + 0.01 * Math.sin(i));

const optimizerCases = Object.entries(OPTIMIZERS).map(([name, optimizer]): readonly [string, Case] => [
  name,
  { of: { ...withDropout, optimizer } },
]);
const adam = OPTIMIZERS.Adam!;
const clipped = { clipsGradients: true } as const;
const CASES: readonly (readonly [string, Case])[] = [
  ...optimizerCases,
  ['batch norm', { of: withBatchNorm }],
  ['a conv net with batch norm, dropout and a branch', { of: convNet }],
  ['a conv net with Adam', { of: { ...convNet, optimizer: adam } }],
  ['numbers to predict', { of: regression }],
  ['a rate for each step, momentum', { of: { ...withDropout, rates: 'per_step' }, rates: RATES }],
  ['a rate for each step, Adam', { of: { ...withDropout, optimizer: adam, rates: 'per_step' }, rates: RATES }],
  ['clipped', { of: { ...mlp, ...clipped }, options: { clipGradNorm: 0.3 } }],
  ['two batches a step, batch norm', { of: { ...withBatchNorm, accumulateBatches: 2 } }],
  [
    'two batches a step, clipped, Adam, rates',
    {
      of: { ...withDropout, ...clipped, optimizer: adam, accumulateBatches: 2, rates: 'per_step' },
      options: { clipGradNorm: 0.3 },
      rates: RATES,
    },
  ],
];

export function describeResume(name: string, suite: EngineSuite): void {
  describe(`engine contract, cut and resumed: ${name}`, () => {
    const { start, expectSameState, expectSameNumbers } = engineRig(suite);

    it.each(CASES)('%s', async (_, { of, options = {}, rates }) => {
      const rows = of.classes === null ? regressionExamples(train.rows, 63) : train;
      const order = batches(COUNT, 64);
      const whole = await start(of, rows, options);
      const expected = await whole.trainChunk(order, rates);
      expect(expected.finite).toBe(true);
      expect(expected.losses.length).toBe(Math.ceil(COUNT));

      let run = await start(of, rows, options);
      const losses: number[] = [];
      for (const [i, from] of CUTS.slice(0, -1).entries()) {
        const to = CUTS[i + 1]!;
        const chunk = await run.trainChunk(order.subarray(from * BATCH, to * BATCH), rates?.subarray(from, to));
        losses.push(...chunk.losses);
        const resumed = await start(of, rows, { ...options, seed: 99 });
        resumed.restore(run.save());
        run.dispose();
        run = resumed;
      }
      expectSameNumbers(losses, expected.losses);
      expectSameState(run, whole);
      for (const each of [whole, run]) each.dispose();
    });

    it.each([
      ['momentum', mlp],
      ['Adam', { ...mlp, optimizer: adam }],
    ] as const)('across a change of the learning rate, saved before it or after: %s', async (_, of) => {
      const [first, second] = [batches(5, 65), batches(6, 66)];
      const whole = await start(of, train);
      await whole.trainChunk(first);
      const before = whole.save();
      whole.setLearningRate(0.01);
      const after = whole.save();
      await whole.trainChunk(second);
      for (const [checkpoint, changes] of [
        [before, true],
        [after, false],
      ] as const) {
        const resumed = await start(of, train, { seed: 3 });
        resumed.restore(checkpoint);
        if (changes) resumed.setLearningRate(0.01);
        await resumed.trainChunk(second);
        expectSameState(resumed, whole);
        resumed.dispose();
      }
      whole.dispose();
    });

    it('takes a checkpoint as Node reads files, amid other bytes', async () => {
      const run = await start(mlp, train);
      await run.trainChunk(batches(3, 68));
      const file = Buffer.concat([Buffer.from('before'), run.save(), Buffer.from('behind')]);
      const resumed = await start(mlp, train, { seed: 3 });
      resumed.restore(file.subarray(6, -6));
      expectSameState(resumed, run);
      for (const each of [run, resumed]) each.dispose();
    });

    it('puts parameters back without touching the optimizer', async () => {
      const of = { ...withBatchNorm, optimizer: adam };
      const run = await start(of, train);
      await run.trainChunk(batches(4, 67));
      const kept = run.parameters();
      const checkpoint = run.save();
      expect(kept.map(({ name: parameter }) => parameter)).toContain('1.running_mean');
      run.setParameters(kept);
      expect(Buffer.compare(run.save(), checkpoint)).toBe(0);
      await run.trainChunk(batches(4, 68));
      const moved = run.parameters();
      run.setParameters(kept);
      expect(run.parameters()).toEqual(kept);
      expect(run.parameters()).not.toEqual(moved);
      expect(run.step).toBe(8);
      // What was handed over stays the caller's.
      kept[0]!.values.fill(0);
      expect(run.parameters()).not.toEqual(kept);
      run.dispose();
    });

    it('refuses parameters that are not all of the model, and not of another shape', async () => {
      const run = await start(withBatchNorm, train);
      const all = run.parameters();
      const [first, ...rest] = all;
      const wrong = [
        rest,
        [...all, { ...first!, name: '9.weight' }],
        [{ ...first!, shape: [first!.values.length] }, ...rest],
        [{ ...first!, values: first!.values.slice(1) }, ...rest],
      ];
      for (const parameters of wrong) {
        expect(() => run.setParameters(parameters)).toThrow(
          expect.objectContaining({ code: 'E_MODEL_PARAMETERS', fix: expect.stringContaining('parameters()') }),
        );
      }
      expect(run.parameters()).toEqual(all);
      run.dispose();
    });

    it('refuses a checkpoint of another optimizer or batch size', async () => {
      const run = await start(mlp, train);
      for (const changes of [{ optimizer: adam }, { batchSize: 5 }]) {
        const other = await start({ ...mlp, ...changes }, train);
        const checkpoint = other.save();
        expect(() => run.restore(checkpoint)).toThrow(
          expect.objectContaining({ code: 'E_CHECKPOINT_STRUCTURE', fix: expect.stringContaining('batch size') }),
        );
        other.dispose();
      }
      run.dispose();
    });
  });
}
