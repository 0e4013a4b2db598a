import { spawnSync } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { connectBus } from '../../shared/bus/nats/index.ts';
import type { Bus } from '../../shared/bus/port.ts';
import type { SweepEntry } from '../../shared/protocol/index.ts';
import { trialAt } from '../../shared/sweep/index.ts';
import { BusAgent, lossOf } from '../support/bus-agent.ts';
import { type CoordinatorHome, coordinatorHome, doneRecords, storedEvents } from '../support/coordinator-rig.ts';
import { startTestNats } from '../support/nats.ts';
import { noopSweep } from '../support/submission.ts';
import { until } from '../support/until.ts';

const promtool = spawnSync('promtool', ['--version']).status === 0;

const submit = (bus: Bus, entry: SweepEntry) => bus.control.request({ v: 1, verb: 'submit', entry }, 10_000);

async function finished(bus: Bus, sweep: string): Promise<void> {
  const isFinished = async () => (await storedEvents(bus, sweep)).some(({ event }) => event.kind === 'finished');
  await until(`${sweep} to finish`, isFinished, 60_000);
}

/** Every trial has one record, it names a result of an attempt that started, and nothing waits any more. */
async function expectExact(bus: Bus, sweep: string, planned: number): Promise<void> {
  const records = await doneRecords(bus, sweep);
  expect(records.map(({ trial }) => trial).sort()).toEqual(
    Array.from({ length: planned }, (_, i) => `t${String(i).padStart(6, '0')}`),
  );
  const events = await storedEvents(bus, sweep);
  const started = new Set(events.flatMap(({ event }) => (event.kind === 'started' ? [event.attempt] : [])));
  for (const record of records) {
    const cause = events.find(({ seq }) => seq === record.event)?.event;
    expect(cause).toMatchObject({ trial: record.trial, attempt: record.attempt });
    expect(started.has(record.attempt ?? '')).toBe(true);
  }
}

const leads = (home: CoordinatorHome) => home.lines.some(({ message }) => message === 'coordinator leads');

describe('a sweep through the coordinator', () => {
  it('plans, counts every trial once, and says so at its pages', async () => {
    await using nats = await startTestNats();
    await using home = await coordinatorHome();
    const coordinator = await home.start(nats.url);
    await using agent = await BusAgent.start(nats.url, 'a1', 2, () => 'result');
    const { bus } = agent;
    const { sweep, entry } = noopSweep('exact', 20);
    expect(await submit(bus, entry)).toEqual({ status: 'ok', sweep: sweep.id, planned: 40, known: false });
    expect(await submit(bus, entry)).toEqual({ status: 'ok', sweep: sweep.id, planned: 40, known: true });
    await finished(bus, sweep.id);
    await expectExact(bus, sweep.id, 40);
    for (const record of await doneRecords(bus, sweep.id)) {
      const trial = trialAt(sweep.spec, Number(record.trial.slice(1)));
      expect(record).toMatchObject({
        params: trial.params,
        seed: trial.seed,
        attempts: 1,
        outcome: 'completed',
        agent: 'a1',
      });
      expect(record.metrics).toEqual({ val_loss: lossOf(trial.index) });
    }
    expect(await bus.queue.stored(sweep.id)).toEqual([]);

    const page = async (path: string) => fetch(`http://${coordinator.metricsAddress}${path}`);
    const metrics = await (await page('/metrics')).text();
    expect(metrics).toContain(`sower_trials_finished_total{sweep="${sweep.id}",outcome="completed"} 40`);
    expect(metrics).toContain(`sower_sweep_state{sweep="${sweep.id}",state="finished"} 1`);
    expect(metrics).toContain(`sower_sweep_best_objective{sweep="${sweep.id}"} 1`);
    expect(metrics).toContain(`sower_trial_duration_seconds_count{sweep="${sweep.id}",outcome="completed"} 40`);
    if (promtool) {
      const check = spawnSync('promtool', ['check', 'metrics'], { input: metrics, encoding: 'utf8' });
      expect(check.stdout + check.stderr).toBe('');
    }
    const health = await page('/healthz');
    expect([health.status, await health.json()]).toMatchObject([200, { status: 'ok', role: 'leader', agents: 1 }]);
    const discovery = await page('/sd');
    expect(discovery.headers.get('content-type')).toContain('application/json');
    expect(await discovery.json()).toEqual([{ targets: ['127.0.0.1:9002'], labels: { pool: 'default', agent: 'a1' } }]);
    await bus.presence.remove('a1');
    await until('the agent to leave /sd', async () => (await (await page('/sd')).text()) === '[]\n');
  });

  it('refuses other content under the name of a sweep that runs, and takes it when that is over', async () => {
    await using nats = await startTestNats();
    await using home = await coordinatorHome();
    await home.start(nats.url);
    const bus = await connectBus({ url: nats.url, name: 'person' });
    const first = noopSweep('same', 2);
    const second = noopSweep('same', 3);
    await submit(bus, first.entry);
    const refused = await submit(bus, second.entry);
    expect(refused).toMatchObject({ status: 'refused', code: 'E_SWEEP_CONFLICT' });
    expect(JSON.stringify(refused)).toContain(first.sweep.hash.slice(0, 12));
    expect(JSON.stringify(refused)).toContain(second.sweep.hash.slice(0, 12));
    expect(await submit(bus, { ...second.entry, hash: first.sweep.hash })).toMatchObject({ code: 'E_SWEEP_HASH' });
    const cancel = { v: 1, verb: 'cancel', sweep: first.sweep.id, reason: 'enough' } as const;
    expect(await bus.control.request(cancel)).toMatchObject({ status: 'ok' });
    await finished(bus, first.sweep.id);
    expect((await doneRecords(bus, first.sweep.id)).map(({ outcome }) => outcome)).toEqual(Array(4).fill('cancelled'));
    expect(await bus.queue.stored(first.sweep.id)).toEqual([]);
    expect(await bus.control.request(cancel)).toMatchObject({ code: 'E_SWEEP_FINISHED' });
    expect(await bus.control.request({ ...cancel, sweep: 'nothing' })).toMatchObject({ code: 'E_SWEEP_NOT_FOUND' });
    expect(await submit(bus, second.entry)).toMatchObject({ status: 'ok', known: false });
    await bus.close();
  });

  it('tries failures again by their cause', async () => {
    await using nats = await startTestNats();
    await using home = await coordinatorHome();
    await home.start(nats.url);
    const tries = new Map<number, number>();
    await using agent = await BusAgent.start(nats.url, 'a1', 1, (trial) => {
      const count = (tries.get(trial) ?? 0) + 1;
      tries.set(trial, count);
      if (trial === 0) return 'user_error';
      if (trial === 1) return count === 1 ? 'oom' : 'result';
      return trial === 2 && count <= 2 ? 'infra' : 'result';
    });
    const { sweep, entry } = noopSweep('retries', 2);
    await submit(agent.bus, entry);
    await finished(agent.bus, sweep.id);
    await expectExact(agent.bus, sweep.id, 4);
    const told = (await doneRecords(agent.bus, sweep.id)).map(({ trial, outcome, attempts }) => [
      trial,
      outcome,
      attempts,
    ]);
    expect(told.sort()).toEqual([
      ['t000000', 'failed', 2],
      ['t000001', 'completed', 2],
      ['t000002', 'completed', 3],
      ['t000003', 'completed', 1],
    ]);
  });
});

describe('when something dies', () => {
  it('goes on where a coordinator that ended had stopped', async () => {
    await using nats = await startTestNats();
    await using home = await coordinatorHome();
    const first = await home.start(nats.url);
    await using agent = await BusAgent.start(nats.url, 'a1', 2, () => 'result');
    const { sweep, entry } = noopSweep('restart', 100);
    await submit(agent.bus, entry);
    await until('some trials', async () => (await agent.bus.done.count(sweep.id)) >= 20);
    await first.stop();
    await home.start(nats.url);
    await finished(agent.bus, sweep.id);
    await expectExact(agent.bus, sweep.id, 200);
    expect(home.lines.filter(({ level }) => level === 'warn' || level === 'error')).toEqual([]);
  });

  it('rebuilds a journal that was deleted or damaged', async () => {
    await using nats = await startTestNats();
    await using home = await coordinatorHome();
    const first = await home.start(nats.url);
    await using agent = await BusAgent.start(nats.url, 'a1', 2, () => 'result');
    const { sweep, entry } = noopSweep('journal', 100);
    await submit(agent.bus, entry);
    await until('some trials', async () => (await agent.bus.done.count(sweep.id)) >= 20);
    await first.stop();
    await rm(join(home.folder, 'coordinator', 'journal.ndjson'));
    await home.start(nats.url);
    await finished(agent.bus, sweep.id);
    await expectExact(agent.bus, sweep.id, 200);
    expect(home.lines.filter(({ message }) => message.includes('the file is gone'))).toHaveLength(1);
  });

  it('hands over to a standby', async () => {
    await using nats = await startTestNats();
    await using home = await coordinatorHome();
    await using other = await coordinatorHome();
    const first = await home.start(nats.url, 'one');
    await until('the first to lead', () => leads(home));
    const second = await other.start(nats.url, 'two');
    await until('the second to wait', () => other.lines.some(({ message }) => message.startsWith('standby')));
    expect([first.role, second.role]).toEqual(['leader', 'standby']);
    const health = await fetch(`http://${second.metricsAddress}/healthz`);
    expect([health.status, await health.json()]).toMatchObject([200, { role: 'standby' }]);
    await using agent = await BusAgent.start(nats.url, 'a1', 2, () => 'result');
    const { sweep, entry } = noopSweep('standby', 100);
    await submit(agent.bus, entry);
    await until('some trials', async () => (await agent.bus.done.count(sweep.id)) >= 20);
    await first.stop();
    await finished(agent.bus, sweep.id);
    await expectExact(agent.bus, sweep.id, 200);
    expect(second.role).toBe('leader');
  });

  it('gives the work of an agent that was started again to its successor at once', async () => {
    await using nats = await startTestNats();
    await using home = await coordinatorHome();
    await home.start(nats.url);
    const { sweep, entry } = noopSweep('reboot', 10);
    const dead = await BusAgent.start(nats.url, 'a1', 2, (trial) =>
      trial === 3 || trial === 5 ? 'silence' : 'result',
    );
    await submit(dead.bus, entry);
    const open = async () => {
      const events = await storedEvents(dead.bus, sweep.id);
      return events.filter(({ event }) => event.kind === 'started' && ['t000003', 't000005'].includes(event.trial))
        .length;
    };
    await until('both slots to hang', async () => (await open()) === 2);
    await dead[Symbol.asyncDispose]();
    await using agent = await BusAgent.start(nats.url, 'a1', 2, () => 'result', 2_000);
    await finished(agent.bus, sweep.id);
    await expectExact(agent.bus, sweep.id, 20);
    // Left to the server, the items would have come back under their first generation, 30 s later.
    expect(agent.pulled.filter(({ gen }) => gen === 2)).toHaveLength(2);
  });

  it('gives back to a server what it lost', async () => {
    await using nats = await startTestNats();
    await using home = await coordinatorHome();
    await home.start(nats.url);
    const { sweep, entry } = noopSweep('lost', 100);
    const agent = await BusAgent.start(nats.url, 'a1', 2, () => 'result');
    await submit(agent.bus, entry);
    await until('some trials', async () => (await agent.bus.done.count(sweep.id)) >= 20);
    const before = new Map((await doneRecords(agent.bus, sweep.id)).map((record) => [record.trial, record]));
    await nats.down('SIGKILL');
    const closed = agent[Symbol.asyncDispose]();
    await nats.up({ empty: true });
    await closed;
    await using fresh = await BusAgent.start(nats.url, 'a2', 2, () => 'result');
    await finished(fresh.bus, sweep.id);
    const after = new Map((await doneRecords(fresh.bus, sweep.id)).map((record) => [record.trial, record]));
    expect(after.size).toBe(200);
    for (const [trial, record] of before) expect(after.get(trial)).toEqual(record);
    expect(home.lines.filter(({ message }) => message.startsWith('history lost on the server'))).toHaveLength(1);
  });
});
