/** What every training engine promises through `agent/engine/port.ts`, as one suite that any implementation can run. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Engine, StartOptions, Structure, TrainingRun } from '../../agent/engine/port.ts';
import { learnableExamples, rowOrder } from '../support/learnable-examples.ts';
import { naiveNetwork } from '../support/naive-network.ts';
import { describeEdges } from './engine-edges.ts';
import { describeResume } from './engine-resume.ts';
import type { EngineSuite } from './engine-rig.ts';
import { describeSteps } from './engine-steps.ts';
import { describeTables } from './engine-tables.ts';

const train = learnableExamples({ rows: 333, side: 8, classes: 5, seed: 1 });
const unseen = learnableExamples({ rows: 101, side: 8, classes: 5, seed: 2 });

const SGD = { type: 'sgd', lr: 0.1, momentum: 0.9, nesterov: false, weightDecay: 1e-4 } as const;

export const structure: Structure = {
  inputShape: [8, 8],
  inputType: 'uint8',
  classes: 5,
  layers: [
    { type: 'dense', units: 24, activation: 'relu' },
    { type: 'dense', units: 12, activation: 'tanh' },
    { type: 'dense', units: 5 },
  ],
  loss: { type: 'cross_entropy' },
  optimizer: SGD,
  batchSize: 16,
  preprocessing: { shift: 0, scale: 1 / 255 },
};

/** Dropout draws per step, so it shows whether counters survive cuts and checkpoints. */
const withDropout: Structure = {
  ...structure,
  layers: [
    { type: 'dense', units: 24, activation: 'relu' },
    { type: 'dropout', rate: 0.3 },
    ...structure.layers.slice(1),
  ],
};

/** Large enough for the forms that engines keep for large weights. */
const wide: Structure = {
  ...structure,
  layers: [{ type: 'dense', units: 320, activation: 'relu' }, ...structure.layers.slice(1)],
};

/** The whole contract but for pixels that are always zero, which `describeZeroColumns` holds. */
export function describeEngine(name: string, suite: EngineSuite): void {
  describeTraining(name, suite);
  describeSteps(name, suite);
  describeResume(name, suite);
  describeEdges(name, suite);
  describeTables(name, suite);
}

function describeTraining(name: string, { createEngine, verifyExport }: EngineSuite): void {
  describe(`engine contract: ${name}`, () => {
    let engine: Engine;
    beforeAll(async () => {
      engine = await createEngine();
    });
    afterAll(() => engine.close());

    async function start(of: Structure = structure, options: Partial<StartOptions> = {}): Promise<TrainingRun> {
      const program = await engine.compile(of);
      return program.start({ seed: 7, train, layers: of.layers, optimizer: of.optimizer, ...options });
    }

    it('learns: losses are finite and fall, unseen rows are classified', async () => {
      const run = await start();
      const { losses, steps, finite } = await run.trainChunk(rowOrder(train.rows, 300 * 16, 3));
      expect([steps, losses.length, run.step, finite]).toEqual([300, 300, 300, true]);
      expect(losses.every(Number.isFinite)).toBe(true);
      expect(losses[0]).toBeGreaterThan(Math.log(5) * 0.8);
      expect(Math.max(...losses.subarray(280))).toBeLessThan(losses[0]! / 4);
      expect((await run.evaluate(unseen)).accuracy).toBeGreaterThan(0.9);
      run.dispose();
    });

    it.each([
      ['plain', structure],
      ['with dropout', withDropout],
      ['wide', wide],
    ])('gives the same bits however the order is cut at batch borders: %s', async (_, of) => {
      const order = rowOrder(train.rows, 23 * 16 + 5, 4);
      const whole = await start(of);
      const cut = await start(of);
      const expected = await whole.trainChunk(order);
      const losses: number[] = [];
      for (const [from, to] of [
        [0, 1],
        [1, 12],
        [12, 21],
        [21, 24],
      ] as const) {
        losses.push(...(await cut.trainChunk(order.subarray(from * 16, to * 16))).losses);
      }
      expect(losses).toEqual([...expected.losses]);
      expect(Buffer.compare(cut.save(), whole.save())).toBe(0);
      whole.dispose();
      cut.dispose();
    });

    it.each([
      ['plain', structure],
      ['with dropout', withDropout],
      ['wide', wide],
    ])('continues from a checkpoint bit for bit, in a run of its own: %s', async (_, of) => {
      const first = rowOrder(train.rows, 10 * 16, 5);
      const second = rowOrder(train.rows, 11 * 16, 6);
      const whole = await start(of);
      await whole.trainChunk(first);
      const checkpoint = whole.save();
      await whole.trainChunk(second);
      const resumed = await start(of, { seed: 99 });
      resumed.restore(checkpoint);
      expect(resumed.step).toBe(10);
      await resumed.trainChunk(second);
      expect(Buffer.compare(resumed.save(), whole.save())).toBe(0);
      whole.dispose();
      resumed.dispose();
    });

    it('refuses a checkpoint of another model, and one that is cut short', async () => {
      const run = await start();
      const other = await start({ ...structure, layers: [{ type: 'dense', units: 5 }] });
      const checkpoint = other.save();
      expect(() => run.restore(checkpoint)).toThrow(expect.objectContaining({ code: 'E_CHECKPOINT_STRUCTURE' }));
      expect(() => run.restore(run.save().subarray(0, 500))).toThrow(
        expect.objectContaining({ code: 'E_CHECKPOINT_FORMAT' }),
      );
      run.dispose();
      other.dispose();
    });

    it('compiles a structure once, whatever the numbers of its trials', async () => {
      const optimizer = { ...structure.optimizer, lr: 0.01, momentum: 0.5 };
      expect(await engine.compile({ ...structure, optimizer })).toBe(await engine.compile(structure));
      expect(await engine.compile({ ...structure, batchSize: 8 })).not.toBe(await engine.compile(structure));
      const slow = await start(structure, { optimizer });
      const fast = await start();
      const order = rowOrder(train.rows, 20 * 16, 8);
      await slow.trainChunk(order);
      await fast.trainChunk(order);
      expect(slow.parameters()[0]?.values).not.toEqual(fast.parameters()[0]?.values);
      slow.dispose();
      fast.dispose();
    });

    it('starts from the seed alone, or from given parameters', async () => {
      const [a, b, c] = [await start(), await start(), await start(structure, { seed: 8 })] as const;
      expect(a.parameters()).toEqual(b.parameters());
      expect(a.parameters()).not.toEqual(c.parameters());
      const copy = await start(structure, { seed: 8, parameters: a.parameters() });
      expect(copy.parameters()).toEqual(a.parameters());
      const wrong = a.parameters().slice(1);
      await expect(start(structure, { parameters: wrong })).rejects.toThrow(
        expect.objectContaining({ code: 'E_MODEL_PARAMETERS' }),
      );
      for (const run of [a, b, c, copy]) run.dispose();
    });

    it('trains a shorter last batch on the mean over its own rows', async () => {
      const run = await start();
      const order = rowOrder(train.rows, 16 + 5, 9);
      const before = await start(structure, { parameters: run.parameters() });
      const { losses, steps } = await run.trainChunk(order);
      expect(steps).toBe(2);
      await before.trainChunk(order.subarray(0, 16));
      const last = order.subarray(16);
      const rows = {
        features: Uint8Array.from([...last].flatMap((row) => [...train.features.subarray(row * 64, row * 64 + 64)])),
        labels: last.map((row) => train.labels[row]!),
        shape: train.shape,
        rows: last.length,
      };
      const expected = naiveNetwork(rows, structure.layers, before.parameters(), structure.preprocessing);
      expect(losses[1]).toBeCloseTo(expected.loss, 5);
      run.dispose();
      before.dispose();
    });

    it('stops where a step is not finite, and says so', async () => {
      const run = await start(structure, { optimizer: { ...structure.optimizer, lr: 1e20 } });
      const result = await run.trainChunk(rowOrder(train.rows, 200 * 16, 10));
      expect(result.finite).toBe(false);
      expect(result.steps).toBeLessThan(200);
      expect(result.losses.length).toBe(result.steps);
      expect(run.step).toBe(result.steps);
      run.dispose();
    });

    it('reports parameters that are not finite where every loss still was', async () => {
      const run = await start();
      const parameters = run.parameters().map((parameter) => ({
        ...parameter,
        // A unit with this bias is off in every row, so that the loss does not notice.
        values: parameter.name === '0.bias' ? parameter.values.slice().fill(-Infinity, 0, 1) : parameter.values,
      }));
      const broken = await start(structure, { parameters });
      const result = await broken.trainChunk(rowOrder(train.rows, 16, 11));
      expect(result.losses.every(Number.isFinite)).toBe(true);
      expect(result.finite).toBe(false);
      run.dispose();
      broken.dispose();
    });

    it.each([
      ['unit pixels', structure],
      ['shifted pixels', { ...structure, preprocessing: { shift: 127.5, scale: 0.01 } }],
      ['with dropout, which is off', withDropout],
    ])('evaluates and predicts as the definition says: %s', async (_, of) => {
      const run = await start(of);
      await run.trainChunk(rowOrder(train.rows, 30 * 16, 12));
      for (const examples of [unseen, train]) {
        const expected = naiveNetwork(examples, of.layers, run.parameters(), of.preprocessing);
        const { loss, accuracy, rows } = await run.evaluate(examples);
        expect([accuracy, rows]).toEqual([expected.accuracy, examples.rows]);
        expect(loss).toBeCloseTo(expected.loss, 5);
        const logits = await run.predict(examples);
        const deviations = expected.logits.flat().map((value, i) => Math.abs(value - logits[i]!));
        expect(logits.length).toBe(examples.rows * 5);
        expect(Math.max(...deviations)).toBeLessThan(1e-4);
      }
      run.dispose();
    });

    it('exports a model that gives its predictions', async () => {
      const run = await start(withDropout);
      await run.trainChunk(rowOrder(train.rows, 30 * 16, 13));
      const logits = await run.predict(unseen);
      const model = run.exportOnnx({ 'sower.trial': 't000001' });
      const { maxDeviation, opset } = await verifyExport(model, unseen, logits);
      expect(maxDeviation).toBeLessThan(1e-5);
      expect(opset).toBe(17);
      const other = logits.map((value, i) => (i === 17 ? value + 1 : value));
      expect((await verifyExport(model, unseen, other)).maxDeviation).toBeGreaterThan(0.5);
      const broken = logits.map((value, i) => (i === 17 ? Number.NaN : value));
      expect((await verifyExport(model, unseen, broken)).maxDeviation).toBeNaN();
      // The last row of more than are given to a model at a time.
      const many = learnableExamples({ rows: 520, side: 8, classes: 5, seed: 14 });
      const scores = await run.predict(many);
      expect((await verifyExport(model, many, scores)).maxDeviation).toBeLessThan(1e-5);
      scores[scores.length - 1]! += 1;
      expect((await verifyExport(model, many, scores)).maxDeviation).toBeGreaterThan(0.5);
      run.dispose();
    });

    it('takes float32 rows and models without bias', async () => {
      const of: Structure = {
        ...structure,
        inputShape: [64],
        inputType: 'float32',
        layers: [
          { type: 'dense', units: 16, activation: 'sigmoid', bias: false },
          { type: 'dense', units: 5, bias: false },
        ],
        optimizer: { ...SGD, momentum: 0, weightDecay: 0, lr: 0.5 },
        preprocessing: { shift: 0, scale: 1 },
      };
      const floats = { ...train, shape: [64], features: Float32Array.from(train.features, (pixel) => pixel / 255) };
      const run = await start(of, { train: floats });
      const { losses } = await run.trainChunk(rowOrder(train.rows, 300 * 16, 14));
      expect(losses.at(-1)).toBeLessThan(losses[0]! / 2);
      expect(run.parameters().map((parameter) => parameter.name)).toEqual(['0.weight', '1.weight']);
      run.dispose();
    });

    it('refuses rows and structures that cannot be', async () => {
      const labels = train.labels.slice().fill(5, 0, 1);
      await expect(start(structure, { train: { ...train, labels } })).rejects.toThrow(
        expect.objectContaining({ code: 'E_DATA_LABEL' }),
      );
      await expect(start(structure, { train: { ...train, rows: 332 } })).rejects.toThrow(
        expect.objectContaining({ code: 'E_DATA_ROWS' }),
      );
      await expect(engine.compile({ ...structure, classes: 6 })).rejects.toThrow(
        expect.objectContaining({ code: expect.stringMatching(/^E_MODEL_/) }),
      );
    });
  });
}
