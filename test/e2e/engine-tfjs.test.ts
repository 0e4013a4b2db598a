import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { openHome } from '../support/sower.ts';
import { cacheDir, missingTfjsNode } from '../support/tfjs-node.ts';

/** Small enough for pure JavaScript. */
const sweep = (engine: string) => `
name: second-engine
method: grid
metric: {name: val_loss, goal: minimize}
seeds: [1, 2]
parameters:
  lr: {values: [0.02]}
train:
  engine: ${engine}
  data: {name: digits, split: {train: 400, validation: 200}}
  model:
    - conv2d: {out_channels: 4, kernel_size: 5, stride: 4}
    - batch_norm
    - relu
    - dropout: {rate: 0.1}
    - dense: {units: 10}
  loss: cross_entropy
  optimizer: {sgd: {lr: "\${lr}", momentum: 0.9}}
  batch_size: 10
  epochs: 4
`;

interface Shown {
  readonly trial: string;
  readonly metrics: { readonly val_loss: number };
}

async function runSweep(engine: string): Promise<{ readonly trials: readonly Shown[]; readonly shown: string }> {
  const home = openHome();
  onTestFinished(() => home.close());
  const { code, stderr } = await home.run('run', home.write('sweep.yaml', sweep(engine)));
  expect(stderr).not.toContain('E_');
  expect(code).toBe(0);
  const best = JSON.parse((await home.run('best', '--json')).stdout);
  const bytes = readFileSync(best.model.path);
  expect(createHash('sha256').update(bytes).digest('hex')).toBe(best.model.sha256);
  const lines = (await home.run('trials', '--json')).stdout.trim().split('\n');
  const trials = lines.map((line) => JSON.parse(line) as Shown);
  return { trials, shown: (await home.run('show', trials[0]!.trial, '--json')).stdout };
}

it(`trains a sweep with "engine: tfjs" to verified models, as the other engine does (${missingTfjsNode ?? 'libtensorflow'})`, async () => {
  const { trials, shown } = await runSweep('tfjs');
  expect(shown).toContain('"engine":"tfjs"');
  expect(shown).toContain(`"provider":"${missingTfjsNode === null ? 'tensorflow' : 'cpu'}"`);
  const others = (await runSweep('ort')).trials;
  expect(trials.length).toBe(2);
  trials.forEach(({ metrics }, i) => {
    expect(metrics.val_loss).toBeLessThan(2);
    expect(metrics.val_loss).toBeCloseTo(others[i]!.metrics.val_loss, 3);
  });
});

it('says that it trains in pure JavaScript where nothing faster is installed', async () => {
  const cache = mkdtempSync(join(tmpdir(), 'sower-cache-'));
  onTestFinished(() => rmSync(cache, { recursive: true, force: true }));
  const home = openHome({ SOWER_CACHE: cache });
  onTestFinished(() => home.close());
  const file = home.write(
    'sweep.yaml',
    sweep('tfjs').replace('train: 400', 'train: 50').replace('epochs: 4', 'epochs: 1'),
  );
  const { code, stderr } = await home.run('run', file);
  expect(code).toBe(0);
  expect(stderr).toContain('the engine tfjs runs in pure JavaScript here; "sower engine install tfjs-node" makes it');
});

it('says before it does it what an installation takes, and leaves nothing', async () => {
  const cache = mkdtempSync(join(tmpdir(), 'sower-cache-'));
  onTestFinished(() => rmSync(cache, { recursive: true, force: true }));
  const home = openHome({ SOWER_CACHE: cache });
  onTestFinished(() => home.close());
  const { code, stdout } = await home.run('engine', 'install', 'tfjs', '--dry-run');
  expect(code).toBe(0);
  expect(stdout).toContain(`tfjs 4.22.0 in pure JavaScript into ${join(cache, 'engines', 'tfjs-4.22.0')}\n`);
  expect(stdout).toContain('  1. npm install @tensorflow/tfjs@4.22.0\n');
  expect(existsSync(join(cache, 'engines'))).toBe(false);
});

it.skipIf(missingTfjsNode !== null)(`finds again what is installed (${missingTfjsNode ?? cacheDir})`, async () => {
  const home = openHome();
  onTestFinished(() => home.close());
  const { code, stdout } = await home.run('engine', 'install', 'tfjs-node');
  expect(code).toBe(0);
  expect(stdout).toMatch(/^tfjs-node 4\.22\.0 with libtensorflow 2\.15\.1 is there already: \//);
});
