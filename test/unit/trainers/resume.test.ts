/** A trial that was interrupted goes on as if nothing had happened: the same history, the same weights, bit for bit. */
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decodeCheckpoint } from '../../../agent/engine/run/checkpoint.ts';
import { TrialStopped } from '../../../agent/trainers/port.ts';
import { createTrainers } from '../../../agent/trainers/registry.ts';
import type { TrialResult } from '../../../shared/protocol/index.ts';
import { type SweepSpec, trialAt } from '../../../shared/sweep/index.ts';
import { digitsSweep } from '../../support/trials.ts';

let home: string;
const said: string[] = [];
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'sower-resume-'));
});
afterAll(() => rm(home, { recursive: true, force: true }));

const SGD = `sgd: {lr: "\${lr}", momentum: "\${momentum}"}`;

/** Dropout, and what else has to be remembered from step to step. */
function sweep(lines: string, optimizer = SGD, lr = 0.1, epochs = 5): SweepSpec {
  return digitsSweep({
    parameters: `{lr: {value: ${lr}}, momentum: {value: 0.5}}`,
    train: `{
      data: {name: digits, split: {train: 1500, validation: 300}},
      model: [{dense: {units: 24, activation: relu}}, {dropout: {rate: 0.2}}, {dense: {units: 10}}],
      loss: cross_entropy, batch_size: 32, epochs: ${epochs}, optimizer: {${optimizer}}, ${lines}}`,
  });
}

/** Its second convolution is large enough to be timed, the first is not. */
function convSweep(): SweepSpec {
  return digitsSweep({
    parameters: '{lr: {value: 0.05}}',
    train: `{
      data: {name: digits, split: {train: 256, validation: 64}},
      model: [{conv2d: {out_channels: 4, kernel_size: 3, padding: same, activation: relu}},
        {max_pool2d: {kernel_size: 2}},
        {conv2d: {out_channels: 16, kernel_size: 3, padding: same, activation: relu}},
        {max_pool2d: {kernel_size: 2}}, {dense: {units: 10}}],
      loss: cross_entropy, batch_size: 64, epochs: 3, optimizer: {sgd: {lr: "\${lr}"}}}`,
  });
}

/** Files in which the engine keeps how it computes convolutions on this machine. */
async function findings(folder: string): Promise<readonly string[]> {
  const names = await readdir(folder);
  return names.filter((name) => name.endsWith('.json')).map((name) => join(folder, name));
}

/** As if another form had been the fastest here. */
async function choose(file: string, form: { readonly forward: string; readonly inputGrad: string }): Promise<void> {
  await writeFile(file, JSON.stringify({ ...JSON.parse(await readFile(file, 'utf8')), form }));
}

/** Images that change anew in every epoch. */
function augmentedSweep(): SweepSpec {
  return digitsSweep({
    parameters: '{lr: {value: 0.1}}',
    train: `{
      data: {name: digits, split: {train: 1200, validation: 300},
        prepare: [{augment: {flip: horizontal, shift: 1, rotate: 10}}]},
      model: [{dense: {units: 24, activation: relu}}, {dense: {units: 10}}],
      loss: cross_entropy, batch_size: 32, epochs: 5, optimizer: {sgd: {lr: "\${lr}"}}}`,
  });
}

const PLANS = {
  'a plateau, gradients of two batches, best weights': sweep(`accumulate_batches: 2, best_weights: val_f1_macro,
    schedule: {reduce_on_plateau: {metric: val_loss, patience: 0, factor: 0.5}}`),
  'rates of their own for each step': sweep('schedule: {one_cycle: {max_lr: 0.3}}, early_stopping: {patience: 2}'),
  'images that change in every epoch': augmentedSweep(),
  // The third of five epochs, as the rate is raised tenfold behind it.
  'a best epoch that is long over': sweep(
    'best_weights: train_loss, schedule: {step: {step_size: 3, gamma: 10}}, early_stopping: {patience: 9}',
  ),
  'adaptive steps, clipped': sweep('clip_grad_norm: 1', `adam: {lr: "\${lr}", betas: ["\${momentum}", 0.99]}`, 0.01),
};

interface Attempt {
  readonly folder: string;
  /** What this machine knows of itself. */
  readonly cache?: string;
  readonly index?: number;
  /** Given up at the n-th look at the signal, which happens between all pieces and after epochs. */
  readonly stopAt?: number;
}

/** By a process of its own, as far as trainers can tell: its first piece is small again, so epochs are cut anywhere. */
async function attempt(
  spec: SweepSpec,
  { folder, cache = 'cache', index = 0, stopAt = Number.POSITIVE_INFINITY }: Attempt,
): Promise<TrialResult> {
  said.length = 0;
  const notify = (line: string) => void said.push(line);
  // Saved between all pieces.
  const settings = { threads: 1, dataDir: null, cacheDir: join(home, cache), checkpointMs: 0, notify };
  const trainers = createTrainers(settings);
  let looks = 0;
  const signal = Object.defineProperty(new AbortController().signal, 'aborted', { get: () => ++looks > stopAt });
  const job = { sweep: 'small-0', spec, trial: trialAt(spec, index), folder: join(home, folder) };
  try {
    return await trainers.train(job, () => undefined, signal);
  } finally {
    await trainers.close();
  }
}

function comparable({ history, metrics, epochs, steps, bestEpoch, model }: TrialResult) {
  return {
    history: history.map(({ epoch_seconds: _, ...entry }) => entry),
    metrics,
    epochs,
    steps,
    bestEpoch,
    model: model?.sha256,
  };
}

describe('an interrupted trial', () => {
  it.each(Object.entries(PLANS))('ends as an undisturbed one: %s', async (name, spec) => {
    const undisturbed = await attempt(spec, { folder: `${name}-whole` });
    const folder = `${name}-cut`;
    let stops = 0;
    let result: TrialResult | null = null;
    while (result === null) {
      result = await attempt(spec, { folder, stopAt: 3 }).catch((error: unknown) => {
        if (!(error instanceof TrialStopped)) throw error;
        stops += 1;
        return null;
      });
      if (stops > 1 || result !== null) expect(said.join()).toMatch(/^trial t000000 goes on in epoch/);
    }
    expect(stops).toBeGreaterThan(3);
    expect(comparable(result)).toEqual(comparable(undisturbed));
    const files = ['checkpoint.safetensors', 'evaluation.json', 'history.json', 'model.onnx'];
    expect((await readdir(join(home, folder))).sort()).toEqual(files);
    for (const file of ['checkpoint.safetensors', 'evaluation.json', 'model.onnx']) {
      const [cut, whole] = await Promise.all(
        [folder, `${name}-whole`].map((place) => readFile(join(home, place, file))),
      );
      expect(cut!.equals(whole!), file).toBe(true);
    }
  });

  it('keeps the forms of its convolutions where the machine has found others since, or forgot them', async () => {
    const spec = convSweep();
    const files = (cache: string) => findings(join(home, cache));
    await expect(attempt(spec, { folder: 'timing', cache: 'found', stopAt: 0 })).rejects.toThrow(TrialStopped);
    expect(await files('found')).toHaveLength(1);
    await choose((await files('found'))[0]!, { forward: 'nchw', inputGrad: 'gather' });
    const undisturbed = await attempt(spec, { folder: 'forms-whole', cache: 'found' });

    const resumed = async (folder: string, change: () => Promise<void>) => {
      await expect(attempt(spec, { folder, cache: 'found', stopAt: 2 })).rejects.toThrow(TrialStopped);
      await change();
      const result = await attempt(spec, { folder, cache: 'found' });
      expect(said.join()).toMatch(/^trial t000000 goes on in epoch 2/);
      return result;
    };
    const choice = await readFile((await files('found'))[0]!);
    const found = (await files('found'))[0]!;
    const others = await resumed('forms-others', () => choose(found, { forward: 'im2col', inputGrad: 'gather' }));
    expect(comparable(others)).toEqual(comparable(undisturbed));
    // The forms do differ in their last bits: a trial that begins with the others ends elsewhere.
    const anew = await attempt(spec, { folder: 'forms-anew', cache: 'found' });
    expect(anew.model?.sha256).not.toBe(undisturbed.model?.sha256);
    await writeFile(found, choice);
    const forgot = await resumed('forms-forgotten', () => rm(join(home, 'found'), { recursive: true }));
    expect(comparable(forgot)).toEqual(comparable(undisturbed));
  });

  it('keeps the weights of the best epoch, not of the last', async () => {
    const spec = sweep('best_weights: train_loss, schedule: {step: {step_size: 3, gamma: 10}}');
    const result = await attempt(spec, { folder: 'best' });
    expect(result).toMatchObject({ outcome: 'completed', bestEpoch: 3, epochs: 5 });
    expect(result.metrics.val_loss).toBe(result.history[2]!.val_loss);
    expect(result.metrics.val_loss).not.toBe(result.history[4]!.val_loss);
  });

  it('that stops early ends with the weights that it had after its best epoch, unless told otherwise', async () => {
    const course = 'schedule: {step: {step_size: 3, gamma: 10}}';
    const stopping = (changes: string, epochs: number) => sweep(`${course}, ${changes}`, SGD, 0.1, epochs);
    const stop = 'early_stopping: {metric: train_loss, patience: 2';
    const stopped = await attempt(stopping(`${stop}}`, 30), { folder: 'stopped' });
    expect(stopped).toMatchObject({ outcome: 'completed', bestEpoch: 3, epochs: 5 });
    expect(stopped.metrics.val_loss).toBe(stopped.history[2]!.val_loss);
    await attempt(stopping('', 3), { folder: 'three' });
    const last = await attempt(stopping(`${stop}, restore_best: false}`, 30), { folder: 'not-restored' });
    expect(last).toMatchObject({ epochs: 5 });
    expect(last.bestEpoch).toBeUndefined();
    expect(last.metrics.val_loss).toBe(stopped.history[4]!.val_loss);
    const [best, three, end] = await Promise.all(['stopped', 'three', 'not-restored'].map(weightsIn));
    expect(best).toEqual(three);
    expect(end).not.toEqual(three);
  });
});

async function weightsIn(folder: string) {
  const { tensors } = decodeCheckpoint(await readFile(join(home, folder, 'checkpoint.safetensors')));
  return tensors.filter(({ name }) => /^\d+\.(weight|bias)$/.test(name));
}

describe('what was saved', () => {
  const spec = sweep('');
  const file = (folder: string) => join(home, folder, 'progress.safetensors');

  async function interrupted(folder: string): Promise<Buffer> {
    await expect(attempt(spec, { folder, stopAt: 3 })).rejects.toThrow(TrialStopped);
    return readFile(file(folder));
  }

  it.each([
    [
      'one flipped bit of a weight',
      (bytes: Buffer) => Buffer.concat([bytes.subarray(0, -1), Buffer.of(bytes.at(-1)! ^ 1)]),
    ],
    [
      'a changed word of its state',
      (bytes: Buffer) => bytes.fill('1', bytes.indexOf('waited') + 10, bytes.indexOf('waited') + 11),
    ],
    ['a missing end', (bytes: Buffer) => bytes.subarray(0, -100)],
    ['nothing', () => Buffer.alloc(0)],
    ['something else', () => Buffer.from('PK and so on, certainly no checkpoint')],
  ])('is not used where it is damaged: %s', async (name, damage) => {
    const bytes = await interrupted(`damaged ${name}`);
    await writeFile(file(`damaged ${name}`), damage(bytes));
    const result = await attempt(spec, { folder: `damaged ${name}` });
    expect(said).toHaveLength(1);
    expect(said[0]).toMatch(/progress\.safetensors (is damaged|cannot be read|is not).*; the trial starts anew$/);
    expect(result.steps).toBe(5 * 47);
  });

  it('is not used for another trial, and says what differs', async () => {
    const bytes = await interrupted('mine');
    await expect(attempt(spec, { folder: 'other', index: 1, stopAt: 3 })).rejects.toThrow(TrialStopped);
    await writeFile(file('other'), bytes);
    await attempt(spec, { folder: 'other', index: 1 });
    expect(said).toEqual([`${file('other')} is of another trial (trial, seed); the trial starts anew`]);
    await writeFile(file('mine'), bytes);
    await attempt(sweep('clip_grad_norm: 5'), { folder: 'mine' });
    expect(said).toEqual([`${file('mine')} is of another trial (configuration); the trial starts anew`]);
  });
});
