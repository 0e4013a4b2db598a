/** What the built-in trainer feeds to the engine, step by step, against an engine that is fed by hand. */
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { augmentedRows, type DataSet, openData } from '../../../agent/data/index.ts';
import { createOrtEngine } from '../../../agent/engine/index.ts';
import type { Engine, ExampleSource, TrainingRun } from '../../../agent/engine/port.ts';
import { exportModel } from '../../../agent/trainers/builtin/export-model.ts';
import { createTrainers, type Trainers } from '../../../agent/trainers/registry.ts';
import { deriveKey, drawPermutation } from '../../../shared/kernel/random.ts';
import { resolveTrain, type Trial, trialAt } from '../../../shared/sweep/index.ts';
import { digitsSweep, trainSection } from '../../support/trials.ts';

const BATCH = 32;
// 1000 rows leave 8 for the last of 32 batches.
const spec = digitsSweep({ train: trainSection({ rows: 1000, epochs: 3 }) });
let home: string;
let trainers: Trainers;
let engine: Engine;
let data: DataSet;
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'sower-rows-'));
  const settings = { threads: 1, dataDir: null, cacheDir: join(home, 'cache') };
  trainers = createTrainers(settings);
  engine = await createOrtEngine({ threads: 1 });
  const config = resolveTrain(spec, trialAt(spec, 0).params);
  if (config.kind !== 'builtin') throw new Error('the sweep trains');
  data = await openData(config.data, settings);
});
afterAll(async () => {
  await trainers.close();
  await engine.close();
  await rm(home, { recursive: true, force: true });
});

async function startByHand(trial: Trial, train: ExampleSource = data.train): Promise<TrainingRun> {
  const config = resolveTrain(spec, trial.params);
  if (config.kind !== 'builtin') throw new Error('the sweep trains');
  const program = await engine.compile({
    inputShape: [28, 28],
    inputType: 'uint8',
    classes: 10,
    layers: config.model,
    loss: config.loss,
    optimizer: config.optimizer,
    batchSize: BATCH,
    preprocessing: { shift: 0, scale: 1 / 255 },
  });
  return program.start({ seed: trial.seed, train, layers: config.model, optimizer: config.optimizer });
}

/** Mean loss over the rows of an epoch, batch by batch. */
async function trainByHand(run: TrainingRun, order: Int32Array): Promise<number> {
  let sum = 0;
  for (let from = 0; from < order.length; from += BATCH) {
    const batch = order.subarray(from, from + BATCH);
    sum += (await run.trainChunk(batch)).losses[0]! * batch.length;
  }
  return sum / order.length;
}

describe('the rows of an epoch', () => {
  // Trials 1 and 3 have seed 66 under two configurations, trial 2 has seed 1.
  it.each([1, 2, 3])('follow from seed and epoch alone, each counting once in train_loss (trial %i)', async (index) => {
    const trial = trialAt(spec, index);
    const job = { sweep: 'rows-0', spec, trial, folder: join(home, trial.id) };
    const result = await trainers.train(job, () => undefined, new AbortController().signal);
    const run = await startByHand(trial);
    for (const [i, metrics] of result.history.entries()) {
      const order = drawPermutation(deriveKey(trial.seed, 'order', i + 1), data.train.rows);
      expect(metrics.train_loss).toBeCloseTo(await trainByHand(run, order), 10);
    }
    run.dispose();
  });
});

describe('rows that change in every epoch', () => {
  it('are trained on as changed, and judged as they are', async () => {
    const train = trainSection({ rows: 1000, epochs: 3 }).replace(
      /split: \{[^}]*\}/,
      (split) => `${split}, prepare: [{augment: {shift: 2, flip: vertical}}]`,
    );
    const changing = digitsSweep({ train });
    const trial = trialAt(changing, 1);
    const job = { sweep: 'changing-0', spec: changing, trial, folder: join(home, 'changing') };
    const result = await trainers.train(job, () => undefined, new AbortController().signal);
    const config = resolveTrain(changing, trial.params);
    if (config.kind !== 'builtin') throw new Error('the sweep trains');
    const augmented = augmentedRows(data.train, config.data.prepare, trial.seed)!;
    const run = await startByHand(trial, augmented);
    for (const [i, metrics] of result.history.entries()) {
      const order = drawPermutation(deriveKey(trial.seed, 'order', i + 1), data.train.rows);
      const rows = order.map((row) => row + augmented.offsetOf(i));
      expect(metrics.train_loss).toBeCloseTo(await trainByHand(run, rows), 10);
      expect(metrics.val_loss).toBeCloseTo((await run.evaluate(data.validation!)).loss, 10);
    }
    expect(result.metrics.train_accuracy).toBeCloseTo((await run.evaluate(data.train)).accuracy, 10);
    expect(result.metrics.test_accuracy).toBeCloseTo((await run.evaluate(data.test!)).accuracy, 10);
    run.dispose();
  });
});

describe('the export', () => {
  it.each([0.5, Number.NaN])('is refused and not written where it deviates by %d', async (maxDeviation) => {
    const trial = trialAt(spec, 0);
    const folder = join(home, `deviating-${maxDeviation}`);
    const run = await startByHand(trial);
    const verify = async () => ({ maxDeviation, opset: 17 });
    const exporting = exportModel(run, data, { sweep: 'rows-0', spec, trial, folder }, verify, null);
    await expect(exporting).rejects.toMatchObject({ code: 'E_EXPORT_PARITY' });
    await expect(readdir(folder)).rejects.toThrow('ENOENT');
    run.dispose();
  });
});
