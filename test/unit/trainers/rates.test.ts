/** Learning rates, accumulation, clipping: what the built-in trainer makes of them, against an engine that is fed by hand. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type DataSet, openData } from '../../../agent/data/index.ts';
import { createOrtEngine } from '../../../agent/engine/index.ts';
import type { Engine, Structure, TrainingRun } from '../../../agent/engine/port.ts';
import { createTrainers, type Trainers } from '../../../agent/trainers/registry.ts';
import { deriveKey, drawPermutation } from '../../../shared/kernel/random.ts';
import type { TrialResult } from '../../../shared/protocol/index.ts';
import { resolveTrain, type SweepSpec, trialAt } from '../../../shared/sweep/index.ts';
import { digitsSweep } from '../../support/trials.ts';

const LR = 0.2;
const BATCH = 32;
/** 31 batches of 32 rows and one of 8. */
const ROWS = 1000;
const BATCHES = 32;

let home: string;
let trainers: Trainers;
let engine: Engine;
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'sower-rates-'));
  trainers = createTrainers({ threads: 1, dataDir: null, cacheDir: join(home, 'cache') });
  engine = await createOrtEngine({ threads: 1 });
});
afterAll(async () => {
  await trainers.close();
  await engine.close();
  await rm(home, { recursive: true, force: true });
});

function sweep(lines: string, epochs: number): SweepSpec {
  return digitsSweep({
    seeds: '[9]',
    parameters: `{lr: {value: ${LR}}}`,
    train: `{
      data: {name: digits, split: {train: ${ROWS}, validation: 300}},
      model: [{dense: {units: 16, activation: relu}}, {dense: {units: 10}}],
      loss: cross_entropy, optimizer: {sgd: {lr: "\${lr}", momentum: 0.9}},
      batch_size: ${BATCH}, epochs: ${epochs}, ${lines}}`,
  });
}

async function trained(spec: SweepSpec, folder: string): Promise<TrialResult> {
  const job = { sweep: 'rates-0', spec, trial: trialAt(spec, 0), folder: join(home, folder) };
  return trainers.train(job, () => undefined, new AbortController().signal);
}

interface ByHand {
  readonly run: TrainingRun;
  readonly data: DataSet;
  /** The next epoch; its mean loss over all rows. */
  readonly epoch: (rates?: Float32Array) => Promise<number>;
}

/** A run of the same model on the same rows, `changes` of the structure made here and not by the trainer. */
async function byHand(spec: SweepSpec, changes: Partial<Structure>, clipGradNorm?: number): Promise<ByHand> {
  const trial = trialAt(spec, 0);
  const config = resolveTrain(spec, trial.params);
  if (config.kind !== 'builtin') throw new Error('the sweep trains');
  const { model: layers, loss, optimizer } = config;
  const data = await openData(config.data, { dataDir: null, cacheDir: join(home, 'cache') });
  const preprocessing = { shift: 0, scale: 1 / 255 };
  const shapes = { inputShape: [28, 28], inputType: 'uint8', classes: 10, batchSize: BATCH } as const;
  const program = await engine.compile({ ...shapes, layers, loss, optimizer, preprocessing, ...changes });
  const clipping = clipGradNorm === undefined ? {} : { clipGradNorm };
  const run = await program.start({ seed: trial.seed, train: data.train, layers, optimizer, ...clipping });
  let epochs = 0;
  const epoch = async (rates?: Float32Array): Promise<number> => {
    epochs += 1;
    const { losses } = await run.trainChunk(drawPermutation(deriveKey(trial.seed, 'order', epochs), ROWS), rates);
    return losses.reduce((sum, each, batch) => sum + each * Math.min(BATCH, ROWS - batch * BATCH), 0) / ROWS;
  };
  return { run, data, epoch };
}

const column = (result: TrialResult, metric: string) => result.history.map((entry) => entry[metric] as number);

it('follows a schedule by epochs: the rate of an epoch is set before it', async () => {
  const spec = sweep('schedule: {step: {step_size: 2, gamma: 0.1}}', 4);
  const result = await trained(spec, 'step');
  const hand = await byHand(spec, {});
  for (const [i, rate] of [LR, LR, LR * 0.1, LR * 0.1].entries()) {
    hand.run.setLearningRate(rate);
    expect(column(result, 'train_loss')[i]).toBeCloseTo(await hand.epoch(), 10);
    expect(column(result, 'lr')[i]).toBeCloseTo(rate, 12);
    expect(column(result, 'val_loss')[i]).toBe((await hand.run.evaluate(hand.data.validation!)).loss);
  }
  hand.run.dispose();
});

it('follows a warm-up by steps, each of two batches that share their rate, clipped', async () => {
  // 16 steps an epoch: it ends in the middle of the third.
  const spec = sweep('warmup: {steps: 40, start_factor: 0.25}, accumulate_batches: 2, clip_grad_norm: 0.1', 3);
  const result = await trained(spec, 'warm-up');
  const rateOf = (step: number) => LR * Math.min(1, 0.25 + (0.75 * step) / 40);
  const changes = { accumulateBatches: 2, clipsGradients: true, rates: 'per_step' } as const;
  const [hand, unclipped] = [await byHand(spec, changes, 0.1), await byHand(spec, changes, 1e9)];
  for (let epoch = 0; epoch < 3; epoch++) {
    const rates = Float32Array.from({ length: BATCHES }, (_, i) => rateOf(16 * epoch + Math.floor(i / 2)));
    expect(column(result, 'train_loss')[epoch]).toBeCloseTo(await hand.epoch(rates), 10);
    expect(column(result, 'lr')[epoch]).toBeCloseTo(rateOf(16 * epoch + 15), 12);
    // That gradients were cut is seen.
    expect(Math.abs(column(result, 'train_loss')[epoch]! - (await unclipped.epoch(rates)))).toBeGreaterThan(0.01);
  }
  for (const { run } of [hand, unclipped]) run.dispose();
});

it('spreads one cycle over the steps of all epochs, of batches whose gradients are averaged', async () => {
  const cycle = 'max_lr: 0.4, pct_start: 0.25, div_factor: 8, final_div_factor: 50, anneal: linear';
  const result = await trained(sweep(`schedule: {one_cycle: {${cycle}}}, accumulate_batches: 3`, 4), 'cycle');
  // 11 steps an epoch, 44 in all: the highest rate in the eleventh, the lowest in the last.
  const last = 0.4 / 8 / 50;
  const fallen = (step: number) => 0.4 + ((last - 0.4) * (step - 10)) / 33;
  [10, 21, 32, 43].forEach((step, epoch) => {
    expect(column(result, 'lr')[epoch]).toBeCloseTo(fallen(step), 12);
  });
});

it.each([
  ['val_accuracy', (value: number, best: number) => value > best],
  ['val_loss', (value: number, best: number) => value < best],
] as const)('reduces the rate after epochs in which %s did not get better, and only then', async (metric, better) => {
  const plateau = `{metric: ${metric}, patience: 0, factor: 0.5, threshold: 0}`;
  const result = await trained(sweep(`schedule: {reduce_on_plateau: ${plateau}}`, 12), `plateau ${metric}`);
  const [values, rates] = [column(result, metric), column(result, 'lr')];
  let [rate, best] = [LR, values[0]!];
  for (let epoch = 1; epoch < 12; epoch++) {
    expect(rates[epoch], `epoch ${epoch + 1}: ${values}`).toBeCloseTo(rate, 12);
    if (better(values[epoch]!, best)) best = values[epoch]!;
    else rate /= 2;
  }
  // Both happened, or nothing was shown.
  expect(rate).toBeLessThan(LR);
  expect(best).not.toBe(values[0]);
});

it('leaves the course of a trial in a file: epochs from 1, what each measured, and which one was the best', async () => {
  const spec = sweep('best_weights: val_loss, schedule: {step: {step_size: 3, gamma: 2.5}}', 5);
  const result = await trained(spec, 'course');
  const written = JSON.parse(await readFile(join(home, 'course', 'history.json'), 'utf8'));
  expect(written).toMatchObject({
    format: 'sower history 1',
    ...{ sweep: 'rates-0', trial: 't000000', seed: 9, parameters: { lr: LR } },
    data: { name: 'digits', train_rows: ROWS },
    ...{ provenance: result.provenance, batch_size: BATCH, best_epoch: result.bestEpoch, metrics: result.metrics },
  });
  expect(written.epochs).toEqual(result.history.map((entry, i) => ({ epoch: i + 1, ...entry })));
  const lowest = Math.min(...column(result, 'val_loss'));
  expect(result.bestEpoch).toBe(column(result, 'val_loss').indexOf(lowest) + 1);
  expect(result.bestEpoch).toBeLessThan(5);
  // What is said of the model is said of the epoch whose weights it has.
  expect(result.metrics.train_loss).toBe(column(result, 'train_loss')[result.bestEpoch! - 1]);
  expect(result.metrics.val_loss).toBe(lowest);
});
