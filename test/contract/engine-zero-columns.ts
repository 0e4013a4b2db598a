/** Pixels that are zero in every row, as at the border of images: an engine may leave them out, nobody may notice. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Engine, Examples, StartOptions, Structure, TrainingRun } from '../../agent/engine/port.ts';
import type { SgdConfig } from '../../shared/sweep/train.ts';
import { learnableExamples, rowOrder } from '../support/learnable-examples.ts';
import { naiveNetwork } from '../support/naive-network.ts';
import { stored } from './engine-nets.ts';

const SIDE = 12;
const PIXELS = SIDE * SIDE;
const CLASSES = 5;
const BATCH = 16;
const ROWS = 1200;

const isBorder = (pixel: number, border: number): boolean =>
  [pixel % SIDE, Math.floor(pixel / SIDE)].some((at) => at < border || at >= SIDE - border);

/** Images with a black border of so many pixels. */
function bordered(seed: number, border: number): Examples & { readonly features: Uint8Array } {
  const examples = learnableExamples({ rows: ROWS, side: SIDE, classes: CLASSES, seed });
  return { ...examples, features: examples.features.map((value, i) => (isBorder(i % PIXELS, border) ? 0 : value)) };
}

/** The same rows and one more, in which every pixel is bright: if nothing trains on it, nothing may change. */
function withBrightRow({ features, labels, shape, rows }: ReturnType<typeof bordered>): Examples {
  const all = new Uint8Array(features.length + PIXELS).fill(255);
  all.set(features);
  return { features: all, labels: Int32Array.of(...labels, 0), shape, rows: rows + 1 };
}

const train = bordered(41, 2);
/** Its outer pixels are bright where those of the training rows never are. */
const unseen = bordered(42, 1);

function structureWith(optimizer: Partial<SgdConfig>, units = 32): Structure {
  return {
    inputShape: [SIDE, SIDE],
    inputType: 'uint8',
    classes: CLASSES,
    layers: [{ type: 'flatten' }, { type: 'dense', units, activation: 'relu' }, { type: 'dense', units: CLASSES }],
    loss: { type: 'cross_entropy' },
    optimizer: { type: 'sgd', lr: 0.1, momentum: 0, nesterov: false, weightDecay: 0, ...optimizer },
    batchSize: BATCH,
    preprocessing: { shift: 0, scale: 1 / 255 },
  };
}

/** The last is large enough, with and without its border, for the forms that engines keep for large weights. */
const STRUCTURES: readonly (readonly [string, Structure])[] = [
  ['plain', structureWith({})],
  ['momentum', structureWith({ momentum: 0.9 })],
  ['nesterov', structureWith({ momentum: 0.9, nesterov: true })],
  ['momentum, wide', structureWith({ momentum: 0.9 }, 600)],
];

const borderWeights = (run: TrainingRun): readonly number[] => {
  const [weight] = run.parameters();
  return [...weight!.values].filter((_, i) => isBorder(i % PIXELS, 2));
};

export function describeZeroColumns(name: string, createEngine: () => Promise<Engine>): void {
  describe(`engine contract, pixels that are always zero: ${name}`, () => {
    let engine: Engine;
    beforeAll(async () => {
      engine = await createEngine();
    });
    afterAll(() => engine.close());

    async function start(of: Structure, options: Partial<StartOptions> = {}): Promise<TrainingRun> {
      const program = await engine.compile(of);
      return program.start({ seed: 7, train, layers: of.layers, optimizer: of.optimizer, ...options });
    }

    it.each(STRUCTURES)('trains as if they were there, and leaves their weights alone: %s', async (_, of) => {
      const run = await start(of);
      const other = await start(of, { train: withBrightRow(train) });
      expect(run.parameters()).toEqual(other.parameters());
      const before = borderWeights(run);
      const order = rowOrder(train.rows, 20 * BATCH + 3, 43);
      const { losses } = await run.trainChunk(order);
      const expected = await other.trainChunk(order);
      expect(losses.length).toBe(21);
      expect(losses.at(-1)).toBeLessThan(losses[0]! * 0.9);
      losses.forEach((loss, step) => {
        expect(Math.abs(loss - expected.losses[step]!)).toBeLessThan(1e-6);
      });
      expect(borderWeights(run)).toEqual(before);
      const others = other.parameters();
      run.parameters().forEach(({ values }, at) => {
        const deviations = values.map((value, i) => Math.abs(value - others[at]!.values[i]!));
        expect(Math.max(...deviations)).toBeLessThan(1e-6);
      });
      run.dispose();
      other.dispose();
    });

    it.each(STRUCTURES)('gives the same bits cut, looked at and resumed: %s', async (_, of) => {
      const order = rowOrder(train.rows, 29 * BATCH + 5, 44);
      const whole = await start(of);
      const expected = await whole.trainChunk(order);
      const losses: number[] = [];
      const trainPart = async (run: TrainingRun, from: number, to: number): Promise<void> => {
        losses.push(...(await run.trainChunk(order.subarray(from * BATCH, to * BATCH))).losses);
      };
      const cut = await start(of);
      await trainPart(cut, 0, 9);
      await cut.evaluate(unseen);
      await trainPart(cut, 9, 10);
      await trainPart(cut, 10, 20);
      const resumed = await start(of, { seed: 99 });
      resumed.restore(cut.save());
      await resumed.evaluate(train);
      await trainPart(resumed, 20, 30);
      expect(losses).toEqual([...expected.losses]);
      expect(resumed.save()).toEqual(whole.save());
      for (const run of [whole, cut, resumed]) run.dispose();
    });

    it('gives the same bits however rows are cut that are read when needed', async () => {
      const of = structureWith({ momentum: 0.9 });
      const order = rowOrder(train.rows, 100 * BATCH + 5, 51);
      const runs = await Promise.all([start(of, { train: stored(train) }), start(of, { train: stored(train) })]);
      const [whole, cut] = runs;
      const expected = await whole.trainChunk(order);
      const losses: number[] = [];
      for (const [from, to] of [
        [0, 8],
        [8, 90],
        [90, 101],
      ] as const) {
        losses.push(...(await cut.trainChunk(order.subarray(from * BATCH, to * BATCH))).losses);
      }
      expect(losses).toEqual([...expected.losses]);
      expect(cut.save()).toEqual(whole.save());
      for (const run of runs) run.dispose();
    });

    it('evaluates rows whose pixels are zero elsewhere than those it trained on', async () => {
      const of = structureWith({ momentum: 0.9 });
      const run = await start(of);
      for (const seed of [45, 46]) {
        await run.trainChunk(rowOrder(train.rows, 20 * BATCH, seed));
        for (const examples of [unseen, train, withBrightRow(train)]) {
          const expected = naiveNetwork(examples, of.layers, run.parameters(), of.preprocessing);
          const { loss, accuracy } = await run.evaluate(examples);
          expect(accuracy).toBe(expected.accuracy);
          expect(loss).toBeCloseTo(expected.loss, 5);
          const logits = await run.predict(examples);
          const deviations = expected.logits.flat().map((value, i) => Math.abs(value - logits[i]!));
          expect(Math.max(...deviations)).toBeLessThan(1e-4);
        }
      }
      run.dispose();
    });

    it('lets weights go on that a checkpoint from other rows left moving', async () => {
      const of = structureWith({ momentum: 0.9 });
      const first = await start(of, { train: unseen });
      await first.trainChunk(rowOrder(unseen.rows, 5 * BATCH, 47));
      const moving = await start(of);
      const expected = await start(of, { train: withBrightRow(train) });
      for (const run of [moving, expected]) {
        run.restore(first.save());
        await run.trainChunk(rowOrder(train.rows, 10 * BATCH, 48));
      }
      expect(borderWeights(moving)).not.toEqual(borderWeights(first));
      expect(moving.save()).toEqual(expected.save());
      for (const run of [first, moving, expected]) run.dispose();
    });

    it('sees a weight of such a pixel that is not finite, and decays the others', async () => {
      const decaying = structureWith({ weightDecay: 0.1 });
      const run = await start(decaying);
      const before = borderWeights(run);
      await run.trainChunk(rowOrder(train.rows, BATCH, 49));
      const shrunk = before.map((weight) => Math.fround(weight * (1 - 0.1 * 0.1)));
      borderWeights(run).forEach((weight, i) => {
        expect(weight).toBeCloseTo(shrunk[i]!, 6);
      });

      const of = structureWith({});
      const parameters = run.parameters().map((parameter) => ({
        ...parameter,
        values: parameter.name === '1.weight' ? parameter.values.slice().fill(Infinity, 0, 1) : parameter.values,
      }));
      const broken = await start(of, { parameters });
      expect((await broken.evaluate(train)).loss).toBeNaN();
      expect((await broken.trainChunk(rowOrder(train.rows, BATCH, 50))).finite).toBe(false);
      run.dispose();
      broken.dispose();
    });
  });
}
