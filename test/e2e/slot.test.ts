import { type ChildProcess, execFile, fork } from 'node:child_process';
import { once } from 'node:events';
import { access, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { drawAllDigits } from '../../agent/data/digits/digits.ts';
import type { SlotNews, SlotOrder, SlotSettings } from '../../agent/shell/slot-protocol.ts';
import { packageRoot, processEntry } from '../../shared/process/package-root.ts';
import type { SweepSpec } from '../../shared/sweep/index.ts';
import { idxBytes } from '../support/idx-bytes.ts';
import { digitsSweep, firstTrial, noopSweep, trainSection } from '../support/trials.ts';

type NewsOf<Type extends SlotNews['type']> = Extract<SlotNews, { type: Type }>;

/** An agent reduced to its essence: it starts a slot, has it train, and tells the slot's pid once it does. */
const PARENT = `
import { fork } from 'node:child_process';
const slot = fork(process.env.SLOT_ENTRY, [], { serialization: 'advanced', detached: true, stdio: ['ignore', 'ignore', 'ignore', 'ipc'] });
slot.on('message', (news) => {
  if (news.type === 'ready') slot.send(JSON.parse(process.env.ORDER));
  if (news.type === 'report') process.send(slot.pid);
});
`;

let home: string;
let children: ChildProcess[];
beforeEach(async () => {
  children = [];
  home = await mkdtemp(join(tmpdir(), 'sower-slot-'));
});
afterEach(async () => {
  for (const child of children) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
  await rm(home, { recursive: true, force: true });
});

function settings(): SlotSettings {
  return { slot: 0, device: 'cpu', threads: 1, dataDir: null, cacheDir: join(home, 'cache') };
}

function startSlot() {
  const child = fork(processEntry('slot'), [], {
    serialization: 'advanced',
    execArgv: [],
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    env: { ...process.env, SOWER_SLOT: JSON.stringify(settings()) },
  });
  children.push(child);
  const said: SlotNews[] = [];
  child.on('message', (news) => said.push(news as SlotNews));
  const order = (message: SlotOrder) => child.send(message);
  /** The first word of the kind, said or to come. */
  const hear = <Type extends SlotNews['type']>(type: Type) =>
    new Promise<NewsOf<Type>>((resolve, reject) => {
      const look = () => {
        const news = said.find((word): word is NewsOf<Type> => word.type === type);
        if (news !== undefined) resolve(news);
      };
      child.on('message', look);
      child.once('exit', (code, signal) => reject(new Error(`the slot ended (${code ?? signal}) before "${type}"`)));
      look();
    });
  return { child, said, order, hear };
}

function trainOrder(spec: SweepSpec): SlotOrder {
  const folder = join(home, 'models', 't000000');
  return { type: 'train', attempt: 'lab-1-1', sweep: 'small-0', spec, trial: firstTrial(spec), folder };
}

describe('a slot process', () => {
  it('trains a trial whose exported file gives the reported accuracy elsewhere', async () => {
    const { child, order, hear, said } = startSlot();
    await hear('ready');
    order(trainOrder(digitsSweep({ train: trainSection({ rows: 8000, epochs: 3, units: 64 }) })));
    const { result, attempt } = await hear('result');
    expect(attempt).toBe('lab-1-1');
    expect(said.map((news) => news.type)).toEqual(['ready', 'report', 'report', 'report', 'result']);
    expect(result.metrics.test_accuracy).toBeGreaterThan(0.8);

    const script = join(packageRoot(), 'test', 'support', 'run-onnx.mjs');
    const { stdout } = await promisify(execFile)(process.execPath, [
      script,
      result.model!.path,
      ...(await testFiles()),
    ]);
    expect(JSON.parse(stdout).accuracy).toBeCloseTo(result.metrics.test_accuracy!, 12);

    order({ type: 'exit' });
    expect(await once(child, 'exit')).toEqual([0, null]);
  });

  it('stops when told', async () => {
    const { order, hear, said } = startSlot();
    await hear('ready');
    order(trainOrder(digitsSweep({ train: trainSection({ epochs: 10_000 }) })));
    await hear('report');
    order({ type: 'stop', attempt: 'lab-1-1' });
    await hear('stopped');
    expect(said.some((news) => news.type === 'result')).toBe(false);
  });

  it('lets its agent decide what Ctrl-C means', async () => {
    const { child, order, hear } = startSlot();
    await hear('ready');
    child.kill('SIGINT');
    order(trainOrder(noopSweep(0)));
    expect(await hear('result')).toMatchObject({ attempt: 'lab-1-1' });
  });

  it.skipIf(process.platform !== 'linux')('never loads an engine to wait', async () => {
    const { child, order, hear } = startSlot();
    await hear('ready');
    order(trainOrder(noopSweep(0)));
    await hear('result');
    expect(await readFile(`/proc/${child.pid}/maps`, 'utf8')).not.toContain('onnxruntime');
  });

  it('says what is wrong with an impossible order', async () => {
    const { order, hear } = startSlot();
    await hear('ready');
    order(trainOrder(digitsSweep({ train: trainSection({ split: '{train: 0.00001, validation: 500}' }) })));
    expect((await hear('failed')).failure).toMatchObject({
      cause: 'user_error',
      code: 'E_DATA_SPLIT',
      message:
        'train.data.split: the split leaves 0 of 10000 rows of digits to train on; ask for fewer rows, or for shares such as 0.8',
    });
  });

  it('ends with its parent, in the middle of training', async () => {
    const script = join(home, 'parent.mjs');
    await writeFile(script, PARENT);
    const parent = fork(script, [], {
      execArgv: [],
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      env: {
        ...process.env,
        SOWER_SLOT: JSON.stringify(settings()),
        SLOT_ENTRY: processEntry('slot'),
        ORDER: JSON.stringify(trainOrder(digitsSweep({ train: trainSection({ epochs: 10_000 }) }))),
      },
    });
    children.push(parent);
    const [slotPid] = (await once(parent, 'message')) as [number];
    parent.kill('SIGKILL');
    await expect.poll(() => isRunning(slotPid), { timeout: 10_000 }).toBe(false);
  });

  it('explains itself to who starts it by hand', async () => {
    const started = promisify(execFile)(process.execPath, [processEntry('slot')]);
    await expect(started).rejects.toMatchObject({ code: 2, stderr: expect.stringContaining('sower agent start') });
    await expect(access(join(home, 'cache'))).rejects.toThrow('ENOENT');
  });
});

/** The test part of the drawn digits as IDX files. */
async function testFiles(): Promise<readonly string[]> {
  const { test } = drawAllDigits();
  const paths = [join(home, 'images'), join(home, 'labels')] as const;
  await writeFile(paths[0], idxBytes([test!.rows, ...test!.shape], test!.features));
  await writeFile(paths[1], idxBytes([test!.rows], test!.labels));
  return paths;
}

/** False for a process that ended, though nobody may have asked for its exit code yet (a zombie). */
async function isRunning(pid: number): Promise<boolean> {
  if (process.platform === 'linux') {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => null);
    return stat !== null && !stat.slice(stat.lastIndexOf(')')).startsWith(') Z');
  }
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
