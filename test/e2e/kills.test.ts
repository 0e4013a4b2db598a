import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { packageRoot } from '../../shared/process/package-root.ts';
import { openHome, type SowerHome } from '../support/sower.ts';
import { until } from '../support/until.ts';

const quickstart = join(packageRoot(), 'sweeps', 'quickstart.yaml');

/** Metrics of every trial by its id, as the command prints them. */
async function metricsOf(home: SowerHome): Promise<Readonly<Record<string, unknown>>> {
  const { stdout } = await home.run('trials', '--json');
  const trials = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  return Object.fromEntries(trials.map(({ trial, outcome, metrics }) => [trial, { outcome, metrics }]));
}

async function rankingOf(home: SowerHome): Promise<string> {
  const { stdout } = await home.run('best', '--json');
  const { model: _, ...best } = JSON.parse(stdout);
  return JSON.stringify(best);
}

function pidOf(home: SowerHome, name: string): number | null {
  const { children } = JSON.parse(readFileSync(join(home.home, 'embedded.json'), 'utf8'));
  return children.find((child: { name: string }) => child.name === name)?.pid ?? null;
}

describe('kill -9 in the middle of the quickstart', () => {
  let undisturbed: SowerHome;
  let expected: { metrics: Readonly<Record<string, unknown>>; ranking: string };
  beforeAll(async () => {
    undisturbed = openHome();
    const { code } = await undisturbed.run('run', quickstart);
    expect(code).toBe(0);
    expected = { metrics: await metricsOf(undisturbed), ranking: await rankingOf(undisturbed) };
  });
  afterAll(() => undisturbed.close());

  it.each(['agent', 'coordinator', 'nats-server'])('of the %s changes no digit of the ranking', async (victim) => {
    const home = openHome();
    onTestFinished(() => home.close());
    const running = home.start('run', quickstart);
    await running.says(/ ✓ t00002\d /);
    const pid = pidOf(home, victim);
    expect(pid).not.toBeNull();
    process.kill(pid as number, 'SIGKILL');
    await until(`another ${victim}`, () => ![pid, null].includes(pidOf(home, victim)));
    const { code, stdout } = await running.finished;
    expect(code).toBe(0);
    expect(stdout).toMatch(/^sweep quickstart-\w+ finished: 60 trials in /m);
    const audit = await home.run('audit', '--json');
    expect(JSON.parse(audit.stdout)).toMatchObject({ planned: 60, done: 60, pending: 0, duplicates: 0, ok: true });
    expect(await metricsOf(home)).toEqual(expected.metrics);
    expect(await rankingOf(home)).toBe(expected.ranking);
  });
});
