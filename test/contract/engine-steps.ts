/** Steps through the port against plain loops in float64: rates that change, clipping, accumulation. */
import { describe, expect, it } from 'vitest';
import type { Examples, Structure, TrainingRun } from '../../agent/engine/port.ts';
import { OPTIMIZERS } from '../engine/optimizer-configs.ts';
import { accumulatedStep, type DenseLayer, flatten } from '../engine/reference/mlp.ts';
import type { Optimizing } from '../engine/reference/optimizers.ts';
import { BATCH, CLASSES, mlp, SIDE, train } from './engine-nets.ts';
import { type EngineSuite, engineRig, largestDeviation } from './engine-rig.ts';

const WIDTH = SIDE * SIDE;
const CASES = Object.entries(OPTIMIZERS);
/** Of the weights after a dozen steps in float32. */
const TOLERANCE = 2e-5;

const floats: Examples = {
  ...train,
  shape: [WIDTH],
  features: Float32Array.from(train.features, (pixel) => pixel / 255),
};

const small: Structure = {
  ...mlp,
  inputShape: [WIDTH],
  inputType: 'float32',
  layers: [
    { type: 'dense', units: 6, activation: 'tanh' },
    { type: 'dense', units: CLASSES },
  ],
  preprocessing: { shift: 0, scale: 1 },
};

function layersOf(run: TrainingRun): readonly DenseLayer[] {
  const values = new Map(run.parameters().map((parameter) => [parameter.name, parameter]));
  return [0, 1].map((index) => {
    const { values: flat, shape } = values.get(`${index}.weight`)!;
    const [units, fanIn] = shape as [number, number];
    const weight = Array.from({ length: units }, (_, o) => [...flat.subarray(o * fanIn, (o + 1) * fanIn)]);
    return { weight, bias: [...values.get(`${index}.bias`)!.values], activation: index === 0 ? 'tanh' : null };
  });
}

const batchOf = (rows: Int32Array) => ({
  x: [...rows].map((row) => Array.from(floats.features.subarray(row * WIDTH, (row + 1) * WIDTH))),
  labels: [...rows].map((row) => floats.labels[row]!),
});

/** Rows one after another, so that a shorter batch stands at the end. */
const rowsFrom = (start: number, count: number): Int32Array =>
  Int32Array.from({ length: count }, (_, i) => (start + i) % floats.rows);

/** The plain loops' side of a run. */
function follow(run: TrainingRun, optimizing: Optimizing, maxNorm = Infinity) {
  let layers = layersOf(run);
  return {
    /** Losses of all batches. */
    train(order: Int32Array, lr: number, perStep = 1): readonly number[] {
      const losses: number[] = [];
      for (let at = 0; at < order.length; at += BATCH * perStep) {
        const step = order.subarray(at, at + BATCH * perStep);
        const batches = Array.from({ length: Math.ceil(step.length / BATCH) }, (_, i) =>
          batchOf(step.subarray(i * BATCH, (i + 1) * BATCH)),
        );
        const done = accumulatedStep(layers, optimizing, batches, { lr, maxNorm });
        layers = done.layers;
        losses.push(...done.losses);
      }
      return losses;
    },
    expectWeightsOf(actual: TrainingRun): void {
      const weights = actual.parameters().flatMap(({ values }) => [...values]);
      expect(largestDeviation(weights, flatten(layers))).toBeLessThan(TOLERANCE);
    },
  };
}

export function describeSteps(name: string, suite: EngineSuite): void {
  describe(`engine contract, steps: ${name}`, () => {
    const { start } = engineRig(suite);

    it.each(CASES)('%s: rates changed between chunks as in PyTorch, to zero and back', async (_, optimizer) => {
      const run = await start({ ...small, optimizer }, floats);
      const loops = follow(run, { config: optimizer });
      const { lr } = optimizer;
      for (const [i, rate] of [lr, lr / 4, 0, 0, lr / 2, lr].entries()) {
        run.setLearningRate(rate);
        const before = run.parameters();
        const order = rowsFrom(i * 16, 2 * BATCH);
        const { losses } = await run.trainChunk(order);
        expect(largestDeviation(losses, loops.train(order, rate))).toBeLessThan(TOLERANCE);
        loops.expectWeightsOf(run);
        if (rate === 0) expect(run.parameters()).toEqual(before);
      }
      run.dispose();
    });

    it.each(CASES)('%s: a rate for each step', async (_, optimizer) => {
      const run = await start({ ...small, optimizer, rates: 'per_step' }, floats);
      const loops = follow(run, { config: optimizer });
      const rates = Float32Array.from([1, 0.5, 0, 0, 0.25, 1, 0.75], (share) => share * optimizer.lr);
      const order = rowsFrom(0, 6 * BATCH + 3);
      const { losses } = await run.trainChunk(order, rates);
      const expected = [...rates].flatMap((rate, i) => loops.train(order.subarray(i * BATCH, (i + 1) * BATCH), rate));
      expect(largestDeviation(losses, expected)).toBeLessThan(TOLERANCE);
      loops.expectWeightsOf(run);
      run.dispose();
    });

    it('without rates a run whose rates may differ keeps the one it has', async () => {
      const run = await start({ ...small, rates: 'per_step' }, floats);
      const loops = follow(run, { config: small.optimizer });
      run.setLearningRate(0.03);
      const order = rowsFrom(5, 3 * BATCH);
      await run.trainChunk(order);
      loops.train(order, 0.03);
      loops.expectWeightsOf(run);
      await expect(run.trainChunk(order, Float32Array.of(0.1))).rejects.toThrow('3 batches');
      run.dispose();
    });

    it.each([
      ['SGD, momentum', OPTIMIZERS['SGD, momentum']!],
      ['Adam', OPTIMIZERS.Adam!],
    ] as const)('averages three batches, what is left at the end too, and clips: %s', async (_, optimizer) => {
      const of = { ...small, optimizer, accumulateBatches: 3, clipsGradients: true };
      for (const maxNorm of [0.05, 50]) {
        const run = await start(of, floats, { clipGradNorm: maxNorm });
        const loops = follow(run, { config: optimizer }, maxNorm);
        // Ends after full steps; in two full batches; in a full batch and a shorter one; in a shorter one alone.
        let at = 0;
        for (const rows of [6 * BATCH, 5 * BATCH, 4 * BATCH + 3, 3 * BATCH + 2]) {
          const order = rowsFrom(at, rows);
          const { losses, steps } = await run.trainChunk(order);
          expect(steps).toBe(Math.ceil(rows / BATCH));
          expect(largestDeviation(losses, loops.train(order, optimizer.lr, 3))).toBeLessThan(TOLERANCE);
          loops.expectWeightsOf(run);
          at += rows;
        }
        expect(run.step).toBe(6 + 5 + 5 + 4);
        run.dispose();
      }
    });
  });
}
