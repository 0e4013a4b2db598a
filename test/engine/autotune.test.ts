/** Convolutions timed on this machine, and runs that go on elsewhere as they were begun. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createOrtEngine } from '../../agent/engine/index.ts';
import type { Examples, Structure, TrainingRun } from '../../agent/engine/port.ts';
import { decodeCheckpoint } from '../../agent/engine/run/checkpoint.ts';
import { runtimeVersion } from '../../agent/engine/run/session.ts';
import type { Conv2dConfig } from '../../shared/sweep/train.ts';
import { PLAIN_SGD, smallRows, smallStructure } from './problems.ts';

const SIDE = 12;
const ROWS = 16;

const CONV: Conv2dConfig = {
  type: 'conv2d',
  outChannels: 12,
  kernelSize: [3, 3],
  stride: [1, 1],
  padding: 'same',
  dilation: [1, 1],
  groups: 1,
  activation: 'relu',
};

/** The second convolution is large enough to be timed, the first is not. */
const structure: Structure = smallStructure({
  inputShape: [SIDE, SIDE],
  layers: [CONV, { ...CONV, outChannels: 24 }, { type: 'dense', units: 4 }],
  optimizer: { ...PLAIN_SGD, lr: 0.05, momentum: 0.9 },
  batchSize: 8,
});

const { x, labels } = smallRows(ROWS, SIDE * SIDE);
const train: Examples = {
  features: Float32Array.from(x.flat()),
  shape: [SIDE, SIDE],
  labels: Int32Array.from(labels),
  rows: ROWS,
};
const order = Int32Array.from({ length: 3 * ROWS }, (_, i) => (i * 5) % ROWS);

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sower-autotune-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

interface Elsewhere {
  readonly threads?: number;
  readonly of?: Structure;
  /** Done once it is known that nothing was found before, while forms are timed. */
  readonly meanwhile?: () => void;
}

/** Starts a run on an engine of its own, which is closed with it. */
async function withRun<T>(
  cacheDir: string | undefined,
  use: (run: TrainingRun) => Promise<T>,
  { threads = 1, of = structure, meanwhile = () => {} }: Elsewhere = {},
): Promise<T> {
  const engine = await createOrtEngine({ threads, ...(cacheDir === undefined ? {} : { cacheDir }) });
  try {
    const compiling = engine.compile(of);
    meanwhile();
    const program = await compiling;
    const run = await program.start({ seed: 3, train, layers: of.layers, optimizer: of.optimizer });
    const result = await use(run);
    run.dispose();
    return result;
  } finally {
    await engine.close();
  }
}

const loweringOf = (run: TrainingRun): string => decodeCheckpoint(run.save()).metadata.lowering!;

const findings = (): readonly string[] => readdirSync(folder).map((name) => join(folder, name));

/** As if another form had been the fastest here. */
function choose(forward: string, inputGrad: string): void {
  const [file] = findings();
  const found = JSON.parse(readFileSync(file!, 'utf8'));
  writeFileSync(file!, JSON.stringify({ ...found, form: { forward, inputGrad } }));
}

describe('autotune', () => {
  it('times what is worth it, once', async () => {
    const first = await withRun(folder, async (run) => loweringOf(run));
    expect(findings()).toHaveLength(1);
    const found = JSON.parse(readFileSync(findings()[0]!, 'utf8'));
    const { form, times } = found;
    expect(times[`${form.forward}, ${form.inputGrad}`]).toBeGreaterThan(0);
    expect(Object.keys(times).length).toBeGreaterThan(3);
    // The rule's form stays where another is hardly faster.
    const fastest = Math.min(...(Object.values(times) as number[]));
    expect(times[`${form.forward}, ${form.inputGrad}`]).toBeLessThanOrEqual(1.05 * fastest);
    expect(first).toContain(`12>24/1 12x12 3x3 1x1 1x1x1x1 1x1: ${form.forward}, ${form.inputGrad}`);
    choose('nchw', 'gather');
    const second = await withRun(folder, async (run) => loweringOf(run));
    expect(second).toContain('12>24/1 12x12 3x3 1x1 1x1x1x1 1x1: nchw, gather');
    expect(findings()).toHaveLength(1);
  });

  it('writes nothing and goes by rule without a folder', async () => {
    expect(await withRun(undefined, async (run) => loweringOf(run))).toContain('12>24/1 12x12');
    expect(findings()).toEqual([]);
  });

  it('finds for one processor, version, number of threads, batch size and shape, and for no other', async () => {
    await withRun(folder, async () => {});
    const { key, times } = JSON.parse(readFileSync(findings()[0]!, 'utf8'));
    const shape = '12>24/1 12x12 3x3 1x1 1x1x1x1 1x1';
    const forms = Object.keys(times).join('; ');
    expect(key.split(' | ')).toEqual([cpus()[0]?.model ?? 'unknown', runtimeVersion(), '1', '8', 'true', shape, forms]);
    await withRun(folder, async () => {}, { threads: 2 });
    expect(findings()).toHaveLength(2);
    await withRun(folder, async () => {}, { of: { ...structure, batchSize: 16 } });
    expect(findings()).toHaveLength(3);
  });

  it('goes by what another process found first', async () => {
    await withRun(folder, async () => {});
    const [file] = findings();
    choose('nchw', 'gather');
    const theirs = readFileSync(file!, 'utf8');
    rmSync(file!);
    const meanwhile = () => writeFileSync(file!, theirs);
    expect(await withRun(folder, async (run) => loweringOf(run), { meanwhile })).toContain('1x1: nchw, gather');
    expect(readFileSync(file!, 'utf8')).toBe(theirs);
    expect(findings()).toHaveLength(1);
  });

  it('times again where a finding cannot be used', async () => {
    await withRun(folder, async () => {});
    choose('fourier', 'gather');
    await withRun(folder, async () => {});
    expect(readFileSync(findings()[0]!, 'utf8')).not.toContain('fourier');
    const file = findings()[0]!;
    const { key, ...found } = JSON.parse(readFileSync(file, 'utf8'));
    writeFileSync(file, JSON.stringify({ ...found, key: `another ${key}` }));
    await withRun(folder, async () => {});
    expect(JSON.parse(readFileSync(file, 'utf8')).key).toBe(key);
    writeFileSync(findings()[0]!, 'cut sho');
    await withRun(folder, async () => {});
    expect(JSON.parse(readFileSync(findings()[0]!, 'utf8')).form.forward).not.toBe('fourier');
  });
});

describe('a checkpoint', () => {
  it('goes on bit for bit where another form would be chosen', async () => {
    await withRun(folder, async () => {});
    choose('nchw', 'gather');
    const whole = await withRun(folder, async (run) => {
      await run.trainChunk(order);
      const checkpoint = run.save();
      const { losses } = await run.trainChunk(order);
      return { checkpoint, losses, parameters: run.parameters() };
    });
    expect(decodeCheckpoint(whole.checkpoint).metadata.lowering).toContain('nchw, gather');
    const resumed = await withRun(undefined, async (run) => {
      expect(loweringOf(run)).not.toContain('nchw, gather');
      run.restore(whole.checkpoint);
      const { losses } = await run.trainChunk(order);
      return { losses, parameters: run.parameters() };
    });
    expect(resumed).toEqual({ losses: whole.losses, parameters: whole.parameters });
  });
});
