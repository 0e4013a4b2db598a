/** What happens at the edges of what can be trained: broken numbers, odd batches, rows that are not in memory. */
import { describe, expect, it } from 'vitest';
import type { Examples, Structure } from '../../agent/engine/port.ts';
import {
  BATCH,
  batches,
  CLASSES,
  convNet,
  mlp,
  regression,
  regressionExamples,
  SIDE,
  stored,
  train,
  unseen,
  withBatchNorm,
  withDropout,
} from './engine-nets.ts';
import { type EngineSuite, engineRig, largestDeviation, parameterDeviation } from './engine-rig.ts';

const WIDTH = SIDE * SIDE;

const floats: Examples = { ...train, features: Float32Array.from(train.features, (pixel) => pixel / 255) };
const onFloats = (of: Structure): Structure => ({
  ...of,
  inputType: 'float32',
  preprocessing: { shift: 0, scale: 1 },
});

/** The same rows with one value of one row broken. */
function withValue(value: number, row: number): Examples {
  const features = Float32Array.from(floats.features);
  features[row * WIDTH + 17] = value;
  return { ...floats, features };
}

const rows = (first: number, count: number): Int32Array => Int32Array.from({ length: count }, (_, i) => first + i);

export function describeEdges(name: string, suite: EngineSuite): void {
  describe(`engine contract, edges: ${name}`, () => {
    const { start, expectSameState } = engineRig(suite);

    it.each([
      ['NaN', Number.NaN],
      ['infinity', Infinity],
    ])('stops at a feature that is %s, and says so', async (_, value) => {
      for (const of of [onFloats(mlp), onFloats(withBatchNorm)]) {
        const run = await start(of, withValue(value, 2 * BATCH + 3));
        const { losses, steps, finite } = await run.trainChunk(rows(0, 6 * BATCH));
        expect(finite).toBe(false);
        expect(steps).toBe(losses.length);
        expect(steps).toBeLessThanOrEqual(4);
        expect(losses.subarray(0, 2).every(Number.isFinite)).toBe(true);
        expect(run.step).toBe(steps);
        run.dispose();
      }
    });

    it('evaluates rows with NaN to a loss of NaN', async () => {
      const run = await start(onFloats(mlp), floats);
      const { loss } = await run.evaluate(withValue(Number.NaN, 40));
      expect(loss).toBeNaN();
      expect((await run.evaluate(floats)).loss).toBeGreaterThan(0);
      run.dispose();
    });

    it('trains on batches whose rows are all the same', async () => {
      for (const of of [withBatchNorm, convNet]) {
        const run = await start(of, train);
        const order = new Int32Array(5 * BATCH).fill(7);
        const { losses, finite } = await run.trainChunk(order);
        expect(finite).toBe(true);
        expect(losses.length).toBe(5);
        expect(Number.isFinite((await run.evaluate(unseen)).loss)).toBe(true);
        run.dispose();
      }
    });

    it('trains on a last batch of one row; batch norm over one value uses its running statistics', async () => {
      const run = await start(withBatchNorm, train);
      await run.trainChunk(batches(6, 71));
      const statistics = () => run.parameters().filter(({ name: parameter }) => parameter.includes('running'));
      const before = statistics();
      const { losses, finite } = await run.trainChunk(Int32Array.of(3));
      expect([finite, losses.length]).toEqual([true, 1]);
      expect(statistics()).toEqual(before);
      const whole = await run.trainChunk(rows(0, BATCH + 1));
      expect([whole.finite, whole.steps]).toEqual([true, 2]);
      expect(statistics()).not.toEqual(before);
      run.dispose();
    });

    it('takes a batch larger than the data set', async () => {
      const few = { ...train, features: train.features.subarray(0, 5 * WIDTH), labels: train.labels.subarray(0, 5) };
      const run = await start({ ...withDropout, batchSize: 64 }, { ...few, rows: 5 });
      for (let epoch = 1; epoch <= 3; epoch++) {
        const { steps, finite } = await run.trainChunk(rows(0, 5));
        expect([steps, finite, run.step]).toEqual([1, true, epoch]);
      }
      expect((await run.evaluate({ ...few, rows: 5 })).rows).toBe(5);
      run.dispose();
    });

    it('does nothing where no rows are asked for', async () => {
      const run = await start(mlp, train);
      const before = run.parameters();
      expect(await run.trainChunk(new Int32Array(0))).toEqual({
        losses: new Float32Array(0),
        steps: 0,
        finite: true,
      });
      expect(run.parameters()).toEqual(before);
      run.dispose();
    });

    it.each([
      ['classes', withDropout, train, unseen],
      ['numbers', regression, regressionExamples(90, 72), regressionExamples(37, 73)],
    ] as const)('trains on stored rows as on rows in memory: %s', async (_, of, here, others) => {
      const memory = await start(of, here);
      const disk = await start(of, stored(here));
      const order = batches(7.5, 74);
      const [expected, actual] = [await memory.trainChunk(order), await disk.trainChunk(order)];
      expect(actual).toEqual(expected);
      expectSameState(disk, memory);
      for (const rowsOf of [here, others]) {
        expect(await disk.evaluate(stored(rowsOf))).toEqual(await memory.evaluate(rowsOf));
        expect(await disk.predict(stored(rowsOf))).toEqual(await memory.predict(rowsOf));
      }
      memory.dispose();
      disk.dispose();
    });

    it('predicts numbers: the loss falls, there is no accuracy', async () => {
      const examples = regressionExamples(200, 75);
      const run = await start(regression, examples);
      const before = await run.evaluate(examples);
      await run.trainChunk(Int32Array.from({ length: 400 * BATCH }, (_, i) => (i * 7) % examples.rows));
      const after = await run.evaluate(examples);
      expect(after.loss).toBeLessThan(before.loss / 5);
      expect(after.accuracy).toBeNaN();
      const predictions = await run.predict(examples);
      expect(predictions.length).toBe(400);
      const squares = predictions.map((value, i) => (value - examples.labels[i]!) ** 2);
      const mean = squares.reduce((sum, value) => sum + value, 0) / squares.length;
      expect(largestDeviation([mean], [after.loss])).toBeLessThan(1e-6);
      run.dispose();
    });

    it('refuses labels of the wrong kind and rows of the wrong shape, and says what to do', async () => {
      const code = (wanted: string) => expect.objectContaining({ code: wanted, fix: expect.stringMatching(/./) });
      const numbers = Float32Array.from({ length: train.rows * CLASSES }, (_, i) => i);
      await expect(start(mlp, { ...train, labels: numbers })).rejects.toThrow(code('E_DATA_LABEL'));
      const classes = { ...regressionExamples(20, 76), labels: new Int32Array(40) };
      await expect(start(regression, classes)).rejects.toThrow(code('E_DATA_LABEL'));
      await expect(start(mlp, { ...train, shape: [WIDTH] })).rejects.toThrow(code('E_DATA_SHAPE'));
      await expect(start(mlp, floats)).rejects.toThrow(code('E_DATA_TYPE'));
      await expect(start(mlp, { ...train, rows: 0 })).rejects.toThrow(code('E_DATA_ROWS'));
      const wrong = stored({ ...train, labels: train.labels.map(() => CLASSES) });
      const run = await start(mlp, wrong);
      await expect(run.trainChunk(rows(0, BATCH))).rejects.toThrow(code('E_DATA_LABEL'));
      run.dispose();
    });

    it('starts from the parameters of another run, running statistics included', async () => {
      const first = await start(withBatchNorm, train);
      await first.trainChunk(batches(6, 77));
      const second = await start(withBatchNorm, train, { seed: 8, parameters: first.parameters() });
      expect(parameterDeviation(second.parameters(), first.parameters())).toBe(0);
      expect(await second.evaluate(unseen)).toEqual(await first.evaluate(unseen));
      expect(second.step).toBe(0);
      first.dispose();
      second.dispose();
    });
  });
}
