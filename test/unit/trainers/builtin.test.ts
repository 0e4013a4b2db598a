import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DIGITS_HASH } from '../../../agent/data/digits/digits.ts';
import { readModel } from '../../../agent/engine/onnx/read-model.ts';
import { type EpochReport, TrialStopped } from '../../../agent/trainers/port.ts';
import { createTrainers, type Trainers } from '../../../agent/trainers/registry.ts';
import { SOWER_VERSION } from '../../../shared/protocol/index.ts';
import type { MetricValues } from '../../../shared/protocol/metrics.ts';
import { trialResult } from '../../../shared/protocol/result.ts';
import { metricNamesFor, type SweepSpec, trialAt } from '../../../shared/sweep/index.ts';
import { digitsSweep, trainSection } from '../../support/trials.ts';

let home: string;
let trainers: Trainers;
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'sower-builtin-'));
  trainers = createTrainers({ threads: 1, dataDir: null, cacheDir: join(home, 'cache') });
});
afterAll(async () => {
  await trainers.close();
  await rm(home, { recursive: true, force: true });
});

async function train(spec: SweepSpec, index = 0, signal = new AbortController().signal) {
  const reports: EpochReport[] = [];
  const folder = join(home, `${index}-${Math.trunc(performance.now() * 1000)}`);
  const job = { sweep: 'small-0', spec, trial: trialAt(spec, index), folder };
  const result = await trainers.train(job, (report) => reports.push(report), signal);
  return { result, reports, folder };
}

const ARTIFACTS = ['checkpoint.safetensors', 'evaluation.json', 'history.json', 'model.onnx'];

/** What does not differ from one run to the next. */
function untimed(history: readonly MetricValues[]): readonly MetricValues[] {
  return history.map(({ epoch_seconds: _, ...metrics }) => metrics);
}

describe('the built-in trainer', () => {
  it('learns digits, reports every epoch, and leaves a verified model', async () => {
    const spec = digitsSweep({ train: trainSection({ rows: 8000, epochs: 5, units: 100 }) });
    const { result, reports, folder } = await train(spec);
    expect(trialResult.parse(result)).toEqual(result);
    expect(result).toMatchObject({ outcome: 'completed', reason: null, epochs: 5, steps: 5 * 250 });
    expect(result.metrics.val_accuracy).toBeGreaterThan(0.88);
    expect(result.metrics.test_accuracy).toBeGreaterThan(0.88);
    expect(result.metrics.test_error).toBeCloseTo(1 - result.metrics.test_accuracy!, 12);
    expect(result.history).toHaveLength(5);
    const { lr, epoch_seconds: _, ...last } = result.history[4]!;
    expect(lr).toBe(0.1);
    expect(result.metrics).toMatchObject(last);
    expect(result.metrics.test_f1_macro).toBeGreaterThan(0.85);
    expect(result.metrics.val_roc_auc).toBeGreaterThan(0.97);
    expect(result.metrics.test_top5_accuracy).toBeGreaterThan(result.metrics.test_accuracy!);
    expect(result.history[0]).not.toHaveProperty('test_loss');
    const losses = result.history.map((metrics) => metrics.train_loss!);
    expect(losses).toEqual(losses.toSorted((a, b) => b - a));
    expect(reports.map(({ epoch, epochs }) => [epoch, epochs])).toEqual([1, 2, 3, 4, 5].map((epoch) => [epoch, 5]));
    expect(reports.map(({ metrics }) => metrics)).toEqual(result.history);
    const seconds = result.history.map((metrics) => metrics.epoch_seconds!);
    const training = seconds.reduce((sum, each) => sum + each, 0);
    reports.forEach(({ samplesPerSecond }, i) => {
      expect(samplesPerSecond * seconds[i]!).toBeCloseTo(8000, 6);
    });
    expect(result.samplesPerSecond * training).toBeCloseTo(5 * 8000, 6);
    expect(training).toBeLessThanOrEqual(result.seconds);
    expect(result.provenance).toMatchObject({ engine: 'ort', provider: 'cpu', threads: 1, dataHash: DIGITS_HASH });

    expect((await readdir(folder)).sort()).toEqual(ARTIFACTS);
    for (const { name, path, bytes, sha256 } of result.artifacts!) {
      const file = await readFile(path);
      expect([path, file.length]).toEqual([join(folder, name), bytes]);
      expect(createHash('sha256').update(file).digest('hex')).toBe(sha256);
    }
    const bytes = await readFile(result.model!.path);
    expect(createHash('sha256').update(bytes).digest('hex')).toBe(result.model!.sha256);
    expect(bytes.length).toBe(result.model!.bytes);
    expect(result.model!.maxDeviation).toBeLessThanOrEqual(1e-4);
    expect(readModel(bytes).metadata).toEqual({
      classes: '["0","1","2","3","4","5","6","7","8","9"]',
      ...{ sweep: 'small-0', trial: 't000000', configuration: trialAt(spec, 0).configuration, seed: '1' },
      parameters: '{"lr":0.1,"momentum":0.5}',
      ...{ data: 'digits', data_hash: DIGITS_HASH, sower_version: SOWER_VERSION },
    });
  });

  it('gives bit-identical metrics and models for the same seed, others for another', async () => {
    const spec = digitsSweep();
    const [first, again, other] = [await train(spec, 0), await train(spec, 0), await train(spec, 1)];
    expect(untimed(again.result.history)).toEqual(untimed(first.result.history));
    expect(again.result.model!.sha256).toBe(first.result.model!.sha256);
    expect(untimed(other.result.history)).not.toEqual(untimed(first.result.history));
  });

  it('evaluates the test part every epoch where the objective asks for it', async () => {
    const { result } = await train(digitsSweep({ metric: '{name: test_loss, goal: minimize}' }));
    expect(result.history.map((metrics) => typeof metrics.test_loss)).toEqual(['number', 'number']);
    // Validation rows are measured whether or not anything asks for them.
    expect(result.history.map((metrics) => typeof metrics.val_loss)).toEqual(['number', 'number']);
  });

  it('measures the rows it learned from: at the end, and every epoch where a rule looks at them', async () => {
    const once = (await train(digitsSweep())).result;
    expect(Object.keys(once.history[1]!).filter((name) => name.startsWith('train_'))).toEqual(['train_loss']);
    expect(once.metrics.train_loss).toBe(once.history[1]!.train_loss);
    expect(once.metrics.train_accuracy).toBeGreaterThan(once.history[0]!.val_accuracy!);
    expect(once.metrics.train_error).toBeCloseTo(1 - once.metrics.train_accuracy!, 12);

    const watching = await train(digitsSweep({ metric: '{name: train_f1_macro, goal: maximize}' }));
    const { history, metrics } = watching.result;
    expect(history.map((epoch) => typeof epoch.train_f1_macro)).toEqual(['number', 'number']);
    expect(metrics).toEqual(once.metrics);
    // From the engine's own evaluation there, from the predictions of the end here.
    expect(history[1]!.train_accuracy).toBeCloseTo(once.metrics.train_accuracy!, 6);
    expect(history[1]!.train_loss).toBe(once.history[1]!.train_loss);
  });

  it('trains on every row where no split is asked for', async () => {
    const spec = digitsSweep({
      metric: '{name: train_loss, goal: minimize}',
      train: trainSection({ split: '{}', epochs: 1 }),
    });
    const { result } = await train(spec);
    expect(result.steps).toBe(Math.ceil(10_000 / 32));
    expect(Object.keys(result.metrics).sort()).toEqual(
      metricNamesFor(10)
        .filter((name) => !name.startsWith('val_'))
        .toSorted(),
    );
  });

  it('ends a trial whose loss is not finite at once, without a model', async () => {
    const spec = digitsSweep({ parameters: '{lr: {value: 1e30}, momentum: {value: 0}}' });
    const { result, reports, folder } = await train(spec);
    expect(result).toMatchObject({ outcome: 'diverged', model: null, epochs: 1 });
    expect(result.reason).toMatch(/^(train_loss is (NaN|infinite)|a parameter is not finite) at epoch 1$/);
    expect(result.steps).toBeLessThan(32);
    expect(result.metrics).toEqual({ train_loss: null });
    expect(reports).toHaveLength(1);
    expect(await readdir(folder)).toEqual(['history.json']);
  });

  it('calls a trial that is no better than guessing diverged', async () => {
    const spec = digitsSweep({
      parameters: '{lr: {value: 2}, momentum: {value: 0.9}}',
      train: trainSection({ rows: 8000, epochs: 2, units: 100 }),
    });
    const { result } = await train(spec);
    expect(result).toMatchObject({ outcome: 'diverged', reason: 'stuck at chance', model: null, epochs: 2 });
    expect(result.metrics.val_accuracy).toBeLessThan(0.15);
  });

  it('ends early where a model loses again what it had learned', async () => {
    const spec = digitsSweep({
      seeds: '[200]',
      parameters: '{lr: {value: 0.55}, momentum: {value: 0.9}}',
      train: trainSection({ rows: 8000, epochs: 20, units: 100 }),
    });
    const { result, reports } = await train(spec);
    expect(result).toMatchObject({ outcome: 'diverged', reason: 'stuck at chance', model: null });
    expect(result.epochs).toBeLessThan(20);
    expect(result.history).toHaveLength(result.epochs);
    expect(reports).toHaveLength(result.epochs);
  });

  it('trains with the second engine where the sweep file says so', async () => {
    const train2 = trainSection({ rows: 320, epochs: 1 }).replace('batch_size', 'engine: tfjs, batch_size');
    const { result, folder } = await train(digitsSweep({ train: train2 }));
    expect(result).toMatchObject({ outcome: 'completed', steps: 10, provenance: { engine: 'tfjs' } });
    expect(result.model!.maxDeviation).toBeLessThan(1e-4);
    expect((await readdir(folder)).sort()).toEqual(ARTIFACTS);
  });

  it('stops at a chunk border', async () => {
    const abort = new AbortController();
    const spec = digitsSweep({ train: trainSection({ epochs: 10_000 }) });
    let epochs = 0;
    const folder = join(home, 'stopped');
    const training = trainers.train(
      { sweep: 'small-0', spec, trial: trialAt(spec, 0), folder },
      () => ++epochs === 2 && abort.abort(),
      abort.signal,
    );
    await expect(training).rejects.toThrow(TrialStopped);
    expect(epochs).toBe(2);
    await expect(readdir(folder)).rejects.toThrow('ENOENT');
  });

  it('says when the data cannot be split as asked', async () => {
    const spec = digitsSweep({ train: trainSection({ split: '{train: 0.00001, validation: 500}' }) });
    await expect(train(spec)).rejects.toMatchObject({
      code: 'E_DATA_SPLIT',
      message: 'the split leaves 0 of 10000 rows of digits to train on',
    });
  });
});
