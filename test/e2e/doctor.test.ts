import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { stagedFolder } from '../../agent/engine/tfjs/staged-package.ts';
import { openHome } from '../support/sower.ts';

interface Report {
  readonly ok: boolean;
  readonly checks: readonly {
    readonly name: string;
    readonly level: string;
    readonly detail: string;
    readonly fix: string;
  }[];
}

const hasNvidia = spawnSync('nvidia-smi', ['-L']).status === 0;

function emptyFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'sower-doctor-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** What it says of the engines and providers, in an environment that the test makes. */
async function enginesIn(environment: Readonly<Record<string, string>>) {
  const home = openHome({ SOWER_DATA: '', ...environment });
  onTestFinished(() => home.close());
  const { stdout } = await home.run('doctor', '--json');
  const { checks } = JSON.parse(stdout) as Report;
  return (name: string) => checks.find((check) => check.name === name)!;
}

describe('sower doctor', () => {
  it('passes on a machine that can run a sweep, and leaves nothing behind', async () => {
    const home = openHome({ SOWER_DATA: '' });
    onTestFinished(() => home.close());
    const { code, stdout } = await home.run('doctor', '--json');
    const report = JSON.parse(stdout) as Report;
    expect(report.checks.map(({ name }) => name)).toEqual([
      ...['node', 'onnxruntime', 'cuda', 'webgpu', 'tfjs'],
      ...['nats-server', 'jetstream', 'durability', 'clock', 'disk', 'data', 'gpu'],
    ]);
    expect(report.checks.filter(({ level }) => level === 'fail')).toEqual([]);
    expect(report.checks.find(({ name }) => name === 'jetstream')?.detail).toMatch(
      /^works \(tried out: nats-server 2\./,
    );
    expect(code).toBe(0);
    expect(existsSync(join(home.home, 'nats'))).toBe(false);
  });

  it('fails with exit code 10 and a fix for each problem', async () => {
    const home = openHome({ SOWER_DATA: '/no/such/folder', SOWER_NATS_SERVER: '/no/such/nats-server' });
    onTestFinished(() => home.close());
    const { code, stdout } = await home.run('doctor');
    expect(code).toBe(10);
    expect(stdout).toContain('fail  data         SOWER_DATA is /no/such/folder, which cannot be read\n');
    expect(stdout).toContain('fix: correct the variable or unset it\n');
    expect(stdout).toMatch(/\nfail {2}nats-server {2}\/no\/such\/nats-server could not be run/);
  });

  it('says which server does not answer', async () => {
    const home = openHome({ SOWER_NATS: 'nats://127.0.0.1:1' });
    onTestFinished(() => home.close());
    const { code, stdout } = await home.run('doctor');
    expect(code).toBe(10);
    expect(stdout).toContain('fail  jetstream    E_NATS_UNREACHABLE nats://127.0.0.1:1: no NATS server answers');
  });

  it('says which engines and providers train here, and why the others do not', async () => {
    const noDriver = { VK_ICD_FILENAMES: '/no/such/driver.json', VK_DRIVER_FILES: '/no/such/driver.json' };
    const check = await enginesIn({ SOWER_CACHE: emptyFolder(), ...noDriver });
    expect(check('onnxruntime')).toMatchObject({
      level: 'pass',
      detail: expect.stringMatching(/^onnxruntime-node \d+\.\d+\.\d+ loads$/),
    });
    expect(check('webgpu')).toMatchObject({ level: 'pass', detail: expect.stringMatching(/^not used: .{10}/) });
    expect(check('tfjs')).toMatchObject({
      level: 'pass',
      detail: expect.stringMatching(
        /^TensorFlow\.js 4\.\d+\.\d+ in pure JavaScript; for libtensorflow beneath: sower engine install tfjs-node$/,
      ),
    });
    if (!hasNvidia) expect(check('cuda')).toMatchObject({ level: 'pass', detail: 'not used: no NVIDIA GPU' });
  });

  it('warns of an engine that is installed but does not load, with what mends it', async () => {
    const cache = emptyFolder();
    const staged = stagedFolder(cache, 'tfjs-node');
    mkdirSync(staged, { recursive: true });
    for (const file of ['package.json', 'installed.json']) writeFileSync(join(staged, file), '{}\n');
    const tfjs = (await enginesIn({ SOWER_CACHE: cache }))('tfjs');
    expect(tfjs.level).toBe('warn');
    expect(tfjs.detail).toContain('tfjs-node is installed but does not load: Cannot find module');
    expect(tfjs.fix).toBe('run "sower engine install tfjs-node --force", or train with "engine: ort"');
  });

  it.skipIf(hasNvidia)('warns where there is a GPU that onnxruntime does not train on, and why', async () => {
    const programs = emptyFolder();
    writeFileSync(join(programs, 'nvidia-smi'), '#!/bin/sh\necho "Some GPU, 8192 MiB"\n');
    chmodSync(join(programs, 'nvidia-smi'), 0o755);
    const check = await enginesIn({ PATH: `${programs}${delimiter}${process.env.PATH}` });
    expect(check('gpu')).toMatchObject({ level: 'pass', detail: '1 GPU: Some GPU, 8192 MiB' });
    const { level, detail, fix } = check('cuda');
    expect(level).toBe('warn');
    expect(detail).toMatch(/^GPUs are here, but onnxruntime does not train on them: .{10}/);
    expect(fix).toBe('type "sower engine install cuda"; trials train on the CPU without it');
  });
});
