import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { createServer } from 'node:net';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { openHome, type SowerHome, type SowerProcess } from '../support/sower.ts';
import { until } from '../support/until.ts';

const SWEEP = `name: scraped
method: grid
metric: {name: noop, goal: minimize}
seeds: [1, 2, 3]
parameters:
  wait: {values: [0.4, 0.41, 0.42, 0.43, 0.44, 0.45, 0.46, 0.47, 0.48, 0.49]}
train:
  noop: {seconds: "\${wait}"}
`;

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const { port } = server.address() as { port: number };
  await new Promise((closed) => server.close(closed));
  return port;
}

interface Target {
  readonly health: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** A real Prometheus scrapes a running sweep: the coordinator directly, the agent found through `/sd`. */
describe('Prometheus', () => {
  let home: SowerHome;
  let sweep: SowerProcess;
  let prometheus: ChildProcess | undefined;
  let api: string;
  const endpoint = { coordinator: '', agent: '' };

  const ask = async (path: string): Promise<unknown> => {
    const response = await fetch(`${api}${path}`).catch(() => null);
    return response?.ok ? ((await response.json()) as { data: unknown }).data : null;
  };
  const query = async (expression: string) => {
    const data = (await ask(`/api/v1/query?query=${encodeURIComponent(expression)}`)) as {
      result: { value: [number, string] }[];
    } | null;
    return data?.result.map(({ value }) => Number(value[1])) ?? [];
  };

  beforeAll(async () => {
    home = openHome();
    sweep = home.start('run', home.write('scraped.yaml', SWEEP));
    await sweep.says(/agent http:\S+/);
    const said = sweep.stdout() + sweep.stderr();
    endpoint.coordinator = /coordinator (http:\S+)\/metrics/.exec(said)?.[1] ?? '';
    endpoint.agent = /agent (http:\S+)\/metrics/.exec(said)?.[1] ?? '';
    const port = await freePort();
    api = `http://127.0.0.1:${port}`;
    const config = {
      global: { scrape_interval: '1s' },
      scrape_configs: [
        { job_name: 'sower-coordinator', static_configs: [{ targets: [new URL(endpoint.coordinator).host] }] },
        { job_name: 'sower-agent', http_sd_configs: [{ url: `${endpoint.coordinator}/sd`, refresh_interval: '1s' }] },
      ],
    };
    const store = join(home.folder, 'tsdb');
    mkdirSync(store);
    prometheus = spawn(
      'prometheus',
      [
        `--config.file=${home.write('prometheus.yml', stringify(config))}`,
        `--storage.tsdb.path=${store}`,
        `--web.listen-address=127.0.0.1:${port}`,
        '--log.level=error',
      ],
      { stdio: 'ignore' },
    );
  });

  afterAll(async () => {
    prometheus?.kill('SIGTERM');
    sweep.signal('SIGTERM');
    await sweep.finished;
    await home.close();
  });

  it('finds the agent through the coordinator and scrapes both', async () => {
    const up = async () => {
      const targets = (await ask('/api/v1/targets')) as { activeTargets: Target[] } | null;
      return targets?.activeTargets.filter(({ health }) => health === 'up').map(({ labels }) => labels.job) ?? [];
    };
    await until('both targets to be up', async () => (await up()).length === 2);
    expect([...(await up())].sort()).toEqual(['sower-agent', 'sower-coordinator']);
  });

  it('knows the running sweep', async () => {
    await until('a trial to end', async () => ((await query('sum(sower_trials_finished_total)'))[0] ?? 0) >= 1);
    expect(await query('sum(sower_sweep_trials)')).toEqual([30]);
    expect(await query('sower_sweep_budget_trials')).toEqual([30]);
    const slots = await query('sum(sower_agent_slots)');
    expect(slots).toEqual([availableParallelism()]);
  });

  it.each(['coordinator', 'agent'] as const)('finds nothing to say about the %s metrics (promtool)', async (who) => {
    const exposition = await (await fetch(`${endpoint[who]}/metrics`)).text();
    expect(exposition).toContain('sower_build_info');
    expect(execFileSync('promtool', ['check', 'metrics'], { input: exposition, encoding: 'utf8', stdio: 'pipe' })).toBe(
      '',
    );
  });

  it('gets an honest answer from /healthz', async () => {
    for (const url of [endpoint.coordinator, endpoint.agent]) {
      expect((await fetch(`${url}/healthz`)).status).toBe(200);
    }
  });
});
