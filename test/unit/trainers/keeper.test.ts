/** What was saved of a trial is for the same trial on the same machine alone: other code or data would give other bits. */
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createOrtEngine } from '../../../agent/engine/index.ts';
import type { Engine, TrainingRun } from '../../../agent/engine/port.ts';
import { decodeCheckpoint } from '../../../agent/engine/run/checkpoint.ts';
import { createKeeper, type Keeper, type KeeperOptions } from '../../../agent/trainers/builtin/keeper.ts';
import type { Standing } from '../../../agent/trainers/builtin/training.ts';
import { freshState } from '../../../agent/trainers/builtin/trial-state.ts';
import { TrialStopped } from '../../../agent/trainers/port.ts';
import { systemClock } from '../../../shared/kernel/system-clock.ts';
import type { Provenance } from '../../../shared/protocol/index.ts';
import { resolveTrain, trialAt } from '../../../shared/sweep/index.ts';
import { learnableExamples } from '../../support/learnable-examples.ts';
import { digitsSweep } from '../../support/trials.ts';

const spec = digitsSweep();
const trial = trialAt(spec, 0);
const config = resolveTrain(spec, trial.params);
if (config.kind !== 'builtin') throw new Error('the sweep trains');
const { model: layers, optimizer, loss } = config;

const PROVENANCE: Provenance = {
  engine: 'ort',
  engineVersion: '1.2.3',
  provider: 'cpu',
  threads: 1,
  code: 'sower 1',
  dataHash: 'd'.repeat(64),
  machine: 'a processor x 2, linux-x64',
};

let home: string;
let engine: Engine;
let run: TrainingRun;
/** Of a model that has a layer more. */
let other: TrainingRun;
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'sower-keeper-'));
  engine = await createOrtEngine({ threads: 1 });
  const train = learnableExamples({ rows: 40, side: 6, classes: 10, seed: 1 });
  const preprocessing = { shift: 0, scale: 1 / 255 };
  const shapes = { inputShape: [6, 6], inputType: 'uint8', classes: 10, batchSize: 8 } as const;
  const startOf = async (model: typeof layers) => {
    const program = await engine.compile({ ...shapes, layers: model, loss, optimizer, preprocessing });
    return program.start({ seed: trial.seed, train, layers: model, optimizer });
  };
  run = await startOf(layers);
  other = await startOf([{ type: 'dense', units: 5 }, ...layers]);
});
afterAll(async () => {
  for (const each of [run, other]) each.dispose();
  await engine.close();
  await rm(home, { recursive: true, force: true });
});

const said: string[] = [];

function keeperOf(folder: string, changes: Partial<KeeperOptions> = {}): Keeper {
  said.length = 0;
  if (config.kind !== 'builtin') throw new Error('the sweep trains');
  return createKeeper({
    run,
    job: { sweep: 'kept-0', spec, trial, folder: join(home, folder) },
    config,
    provenance: PROVENANCE,
    intervalMs: 0,
    startedAt: systemClock.monotonic(),
    signal: new AbortController().signal,
    notify: (line) => void said.push(line),
    ...changes,
  });
}

const standing: Standing = { state: { ...freshState(null), history: [{ train_loss: 2 }], rows: 40 }, best: null };

describe('a trial in progress', () => {
  it.each<[string, Partial<Provenance>]>([
    ['data', { dataHash: 'e'.repeat(64) }],
    ['code', { code: 'sower 2' }],
    ['engine', { engine: 'tfjs' }],
    ['engine', { engineVersion: '1.2.4' }],
    ['engine', { provider: 'cuda' }],
    ['threads', { threads: 2 }],
    ['machine', { machine: 'another processor x 2, linux-x64' }],
  ])('is not taken up where the %s is another: %j', async (word, change) => {
    const folder = `other-${Object.keys(change)[0]}`;
    await keeperOf(folder).interrupt(standing);
    const keeper = keeperOf(folder, { provenance: { ...PROVENANCE, ...change } });
    expect(await keeper.resume()).toBeNull();
    const file = join(home, folder, 'progress.safetensors');
    expect(said).toEqual([`${file} is of another trial (${word}); the trial starts anew`]);
    expect(await keeperOf(folder).resume()).toMatchObject({ state: { history: standing.state.history } });
  });

  it('is not taken up for another objective, which chooses what is measured', async () => {
    await keeperOf('objective').interrupt(standing);
    const other = { ...spec, objective: { name: 'val_accuracy', goal: 'maximize' as const } };
    const job = { sweep: 'kept-0', spec: other, trial, folder: join(home, 'objective') };
    expect(await keeperOf('objective', { job }).resume()).toBeNull();
    expect(said.join()).toContain('is of another trial (configuration); the trial starts anew');
  });

  it('is one safetensors file: the run, the best weights beside it, values at places that readers may map', async () => {
    const best = run.parameters().map((tensor) => ({ ...tensor, values: tensor.values.map((value) => value + 1) }));
    await keeperOf('layout').interrupt({ ...standing, best });
    const file = await readFile(join(home, 'layout', 'progress.safetensors'));
    expect(Number(file.readBigUInt64LE(0)) % 8).toBe(0);
    const { tensors, metadata } = decodeCheckpoint(file);
    const own = decodeCheckpoint(run.save());
    expect(tensors).toEqual([...own.tensors, ...best.map((tensor) => ({ ...tensor, name: `best/${tensor.name}` }))]);
    expect(metadata).toMatchObject(own.metadata);
    expect((await keeperOf('layout').resume())?.best).toEqual(best);
  });

  it('starts anew where the engine has no use for what was saved', async () => {
    await keeperOf('engine', { run: other }).interrupt(standing);
    expect(await keeperOf('engine').resume()).toBeNull();
    expect(said).toEqual([
      expect.stringMatching(/^the checkpoint is of another model, .*; trial t000000 starts anew$/),
    ]);
  });

  it('starts anew where it was saved in another format', async () => {
    await keeperOf('format').interrupt(standing);
    const file = join(home, 'format', 'progress.safetensors');
    const bytes = await readFile(file);
    bytes.write('sower trial 0', bytes.indexOf('sower trial 1'));
    await writeFile(file, bytes);
    expect(await keeperOf('format').resume()).toBeNull();
    const why = 'is not a trial in progress as this version writes them';
    expect(said).toEqual([`${file} ${why}; the trial starts anew`]);
  });

  it('goes on where it cannot be saved, and says so once', async () => {
    await writeFile(join(home, 'a-file'), '');
    const keeper = keeperOf('a-file/below');
    await keeper.interrupt(standing);
    await keeper.interrupt(standing);
    expect(said).toEqual([expect.stringMatching(/^cannot save the progress of t000000: .*a-file/)]);
  });

  it('counts the time of all its attempts', async () => {
    const minute = 60_000;
    const first = keeperOf('elapsed', { startedAt: systemClock.monotonic() - minute });
    await first.interrupt(standing);
    const second = keeperOf('elapsed');
    await second.resume();
    expect(second.elapsedMs()).toBeGreaterThanOrEqual(minute);
  });

  it('is saved again where it is stopped, unless little would be lost, and gone once it is over', async () => {
    const signal = AbortSignal.abort();
    const hour = 3_600_000;
    await expect(keeperOf('stopped', { signal, intervalMs: hour }).interrupt(standing)).rejects.toThrow(TrialStopped);
    await expect(readdir(join(home, 'stopped'))).rejects.toThrow('ENOENT');
    const keeper = keeperOf('stopped', { signal });
    await expect(keeper.interrupt(standing)).rejects.toThrow(TrialStopped);
    expect(await readdir(join(home, 'stopped'))).toEqual(['progress.safetensors']);
    await keeper.forget();
    expect(await readdir(join(home, 'stopped'))).toEqual([]);
    expect(await keeper.resume()).toBeNull();
    expect(said).toEqual([]);
  });
});
