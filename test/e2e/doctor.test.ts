import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
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
});
