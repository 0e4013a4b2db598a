import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { SowerError } from '../../../shared/kernel/errors.ts';
import {
  createMetricRegistry,
  jsonReply,
  METRICS,
  metricsRoute,
  parseListen,
  startHttp,
} from '../../../shared/metrics/index.ts';

const promtool = spawnSync('promtool', ['--version']).status === 0;

describe('catalogue', () => {
  it('uses each name once, and Prometheus suffixes by type', () => {
    const names = Object.values(METRICS).map((spec) => spec.name);
    expect(new Set(names).size).toBe(names.length);
    for (const spec of Object.values(METRICS)) {
      expect(spec.name, spec.name).toMatch(/^(sower|process)_[a-z0-9_]+$/);
      expect(spec.name.endsWith('_total'), spec.name).toBe(spec.type === 'counter');
      expect('buckets' in spec, spec.name).toBe(spec.type === 'histogram');
      if (spec.unit === 'seconds' || spec.unit === 'bytes') expect(spec.name).toContain(`_${spec.unit}`);
    }
  });

  it.skipIf(!promtool)('passes promtool check metrics with every metric made', async () => {
    const metrics = createMetricRegistry('test');
    for (const [key, spec] of Object.entries(METRICS)) {
      const labels = Object.fromEntries(spec.labels.map((label) => [label, 'x']));
      if (spec.type === 'counter') metrics.counter(key as 'trials_finished_total').inc(labels, 1);
      else if (spec.type === 'histogram') metrics.histogram(key as 'trial_duration_seconds').observe(labels, 1);
      else metrics.gauge(key as 'sweep_trials').set(labels, 1);
    }
    const check = spawnSync('promtool', ['check', 'metrics'], { input: await metrics.expose(), encoding: 'utf8' });
    expect(check.stderr + check.stdout).toBe('');
    expect(check.status).toBe(0);
  });
});

describe('http', () => {
  it('serves metrics, other pages and errors on a free port, and frees it', async () => {
    const metrics = createMetricRegistry('test');
    const routes = {
      '/metrics': metricsRoute(metrics),
      '/healthz': () => jsonReply(503, { ok: false }),
      '/broken': () => {
        throw new Error('broken page');
      },
    };
    const server = await startHttp('127.0.0.1:0', routes);
    const url = `http://${server.address}`;
    const page = await fetch(`${url}/metrics?x=1`);
    expect(page.headers.get('content-type')).toContain('text/plain; version=0.0.4');
    expect(await page.text()).toContain('sower_build_info{version="');
    expect((await fetch(`${url}/healthz`)).status).toBe(503);
    expect((await fetch(`${url}/__proto__`)).status).toBe(404);
    expect((await fetch(`${url}/broken`)).status).toBe(500);
    expect((await fetch(url, { method: 'POST' })).status).toBe(405);
    await expect(startHttp(server.address, routes)).rejects.toMatchObject({ code: 'E_LISTEN' });
    await server.stop();
    const again = await startHttp(server.address, routes);
    await again.stop();
  });

  it('reads addresses and refuses others', () => {
    expect(parseListen('9464')).toEqual({ host: '127.0.0.1', port: 9464 });
    expect(parseListen(':9464')).toEqual({ host: '0.0.0.0', port: 9464 });
    expect(parseListen('[::1]:0')).toEqual({ host: '::1', port: 0 });
    expect(parseListen('lab-1:80')).toEqual({ host: 'lab-1', port: 80 });
    for (const bad of ['', 'x', '1:2:3', '127.0.0.1:70000', '127.0.0.1:-1']) {
      expect(() => parseListen(bad), bad).toThrow(SowerError);
    }
  });
});
