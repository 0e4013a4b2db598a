/** Trials whose process is killed in the middle, at a save or anywhere: they go on and end as if nothing had been. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { watch } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { runAgent } from '../../agent/main.ts';
import type { SlotNews, SlotOrder, SlotSettings } from '../../agent/shell/slot-protocol.ts';
import { processEntry } from '../../shared/process/package-root.ts';
import type { ResultEvent, TrialResult } from '../../shared/protocol/index.ts';
import type { SweepSpec } from '../../shared/sweep/index.ts';
import { openAgentRig, resultsOf } from '../support/agent-rig.ts';
import { childrenOf } from '../support/processes.ts';
import { digitsSweep, firstTrial } from '../support/trials.ts';

let home: string;
const children = new Set<ChildProcess>();
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'sower-trial-resume-'));
});
afterEach(async () => {
  for (const child of children) {
    if (child.exitCode === null && child.signalCode === null) {
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
  }
  children.clear();
  await rm(home, { recursive: true, force: true });
});

/** Dropout and momentum have to go on from where they were, and the best weights from an epoch long gone. */
function sweep(epochs: number): SweepSpec {
  return digitsSweep({
    parameters: '{lr: {value: 0.05}, momentum: {value: 0.9}}',
    seeds: '[1]',
    train: `{
      data: {name: digits, split: {train: 8000, validation: 1000}},
      model: [{dense: {units: 64, activation: relu}}, {dropout: {rate: 0.2}}, {dense: {units: 10}}],
      loss: cross_entropy, batch_size: 32, epochs: ${epochs}, best_weights: val_loss,
      schedule: {reduce_on_plateau: {metric: val_loss, patience: 1}},
      optimizer: {sgd: {lr: "\${lr}", momentum: "\${momentum}"}}}`,
  });
}

function startSlot() {
  const settings: SlotSettings = {
    slot: 0,
    device: 'cpu',
    threads: 1,
    dataDir: null,
    cacheDir: join(home, 'cache'),
    checkpointMs: 0,
  };
  const child = fork(processEntry('slot'), [], {
    serialization: 'advanced',
    execArgv: [],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    env: { ...process.env, SOWER_SLOT: JSON.stringify(settings) },
  });
  children.add(child);
  return child;
}

interface Attempt {
  readonly result: TrialResult | null;
  readonly notes: readonly string[];
}

/** Trains in a process of its own; `killAt` says after each sign of life whether the process dies now. */
async function attempt(
  folder: string,
  spec: SweepSpec,
  killAt: (sign: 'report' | 'write', count: number) => boolean,
  sweepId = 'small-0',
): Promise<Attempt> {
  await mkdir(folder, { recursive: true });
  const child = startSlot();
  const notes: string[] = [];
  const counts = { report: 0, write: 0 };
  let result: TrialResult | null = null;
  const sign = (type: 'report' | 'write') => {
    counts[type] += 1;
    if (killAt(type, counts[type])) child.kill('SIGKILL');
  };
  // The draft of a save that is being written.
  const watcher = watch(folder, (_, name) => name?.endsWith('.part') && sign('write'));
  const order = (message: SlotOrder) => child.send(message);
  child.on('message', (message) => {
    const news = message as SlotNews;
    if (news.type === 'note') notes.push(news.line);
    if (news.type === 'report') sign('report');
    if (news.type === 'ready')
      order({ type: 'train', attempt: 'a-1', sweep: sweepId, spec, trial: firstTrial(spec), folder });
    if (news.type === 'failed') notes.push(news.failure.message);
    if (news.type === 'result') result = news.result;
    if (news.type === 'result' || news.type === 'failed') order({ type: 'exit' });
  });
  await once(child, 'exit');
  watcher.close();
  return { result, notes };
}

const never = () => false;

async function filesOf(folder: string) {
  const history = JSON.parse(await readFile(join(folder, 'history.json'), 'utf8')) as {
    readonly epochs: readonly Readonly<Record<string, number>>[];
    readonly best_epoch: number;
  };
  return {
    epochs: history.epochs.map(({ epoch_seconds: _, ...entry }) => entry),
    bestEpoch: history.best_epoch,
    model: (await readFile(join(folder, 'model.onnx'))).toString('base64'),
    checkpoint: (await readFile(join(folder, 'checkpoint.safetensors'))).toString('base64'),
  };
}

describe('a slot killed with SIGKILL', () => {
  it('leaves a trial that goes on to the same history and weights', async () => {
    const spec = sweep(8);
    const whole = join(home, 'whole');
    expect((await attempt(whole, spec, never)).result).toMatchObject({ outcome: 'completed', epochs: 8 });

    const cut = join(home, 'cut');
    // While a save is written (the first, a later one), after a report, before anything was saved again.
    const kills: ((sign: 'report' | 'write', count: number) => boolean)[] = [
      (sign, count) => sign === 'write' && count === 1,
      (sign, count) => sign === 'write' && count === 7,
      (sign, count) => sign === 'report' && count === 2,
      (sign, count) => sign === 'write' && count === 4,
      (sign, count) => sign === 'report' && count === 1,
    ];
    for (const kill of kills) expect((await attempt(cut, spec, kill)).result).toBeNull();
    const last = await attempt(cut, spec, never);
    expect(last.notes.join()).toMatch(/^trial t000000 goes on in epoch [2-8], after \d+ rows of it$/);
    expect(last.result).toMatchObject({ outcome: 'completed', epochs: 8 });
    expect(await filesOf(cut)).toEqual(await filesOf(whole));
    expect((await readdir(cut)).sort()).toEqual([
      'checkpoint.safetensors',
      'evaluation.json',
      'history.json',
      'model.onnx',
    ]);
  });
});

describe('an agent', () => {
  it('finds a trial in progress after its slot was killed, and after its own restart', async () => {
    const rig = await openAgentRig();
    const said: string[] = [];
    const log = (_: string, message: string) => void said.push(message);
    const options = { nats: rig.url, home: rig.home, name: 'lab', slots: 1, log, limits: { checkpointMs: 0 } };
    const goingOn = () => said.filter((line) => line.includes('goes on in epoch')).length;
    const saved = async (id: string) => {
      const folder = join(rig.home, 'models', id, 't000000');
      await vi.waitFor(async () => expect(await readdir(folder)).toContain('progress.safetensors'), PATIENCE);
    };
    let agent = await runAgent(options);
    try {
      const spec = sweep(60);
      const { id } = await rig.plant(spec, 1);
      await saved(id);
      const [slot] = await childrenOf(process.pid, 'slot');
      process.kill(slot!, 'SIGKILL');
      await rig.until(id, (events) => events.some(({ kind }) => kind === 'failed'));
      await rig.plant(spec, 1, 2);
      await vi.waitFor(() => expect(goingOn()).toBe(1), PATIENCE);
      await agent.stop();
      expect((await rig.events(id)).map(({ kind }) => kind)).toContain('released');

      agent = await runAgent(options);
      const events = await rig.until(id, (log) => log.some(({ kind }) => kind === 'result'));
      expect(goingOn()).toBe(2);
      const [result] = resultsOf(events) as readonly ResultEvent[];
      const folder = join(rig.home, 'models', id, 't000000');
      const { epochs } = await filesOf(folder);
      expect(epochs.map(({ epoch }) => epoch)).toEqual(Array.from({ length: 60 }, (_, i) => i + 1));
      expect(result!.body.artifacts!.map(({ name }) => name)).toEqual([
        'model.onnx',
        'history.json',
        'evaluation.json',
        'checkpoint.safetensors',
      ]);

      const undisturbed = await attempt(join(home, 'whole'), spec, never, id);
      expect(result!.body.model!.sha256).toBe(undisturbed.result!.model!.sha256);
      expect(epochs).toEqual((await filesOf(join(home, 'whole'))).epochs);
    } finally {
      await agent.stop();
      await rig.close();
    }
  });
});

const PATIENCE = { timeout: 60_000, interval: 20 };
