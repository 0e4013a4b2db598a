import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, it } from 'vitest';
import { processEntry } from '../../shared/process/package-root.ts';
import { BusAgent } from '../support/bus-agent.ts';
import { coordinatorHome, doneRecords, storedEvents } from '../support/coordinator-rig.ts';
import { startTestNats } from '../support/nats.ts';
import { noopSweep } from '../support/submission.ts';
import { until } from '../support/until.ts';

function startCoordinator(url: string, home: string): ChildProcess {
  const args = [processEntry('cli'), 'coordinator', '--nats', url, '--listen', '127.0.0.1:0'];
  return spawn(process.execPath, args, { env: { ...process.env, SOWER_HOME: home }, stdio: 'ignore' });
}

it('a coordinator that is killed again and again counts every trial once', async () => {
  await using nats = await startTestNats();
  await using home = await coordinatorHome();
  await using agent = await BusAgent.start(nats.url, 'a1', 2, () => 'result');
  const { bus } = agent;
  const { sweep, entry } = noopSweep('killed', 300);
  let coordinator = startCoordinator(nats.url, home.folder);
  await bus.control.request({ v: 1, verb: 'submit', entry }, 30_000);
  for (const target of [50, 200, 400]) {
    await until(`${target} records`, async () => (await bus.done.count(sweep.id)) >= target);
    coordinator.kill('SIGKILL');
    await once(coordinator, 'exit');
    coordinator = startCoordinator(nats.url, home.folder);
    const before = await bus.done.count(sweep.id);
    await until('decisions to go on', async () => (await bus.done.count(sweep.id)) > before, 20_000);
  }
  const isFinished = async () => (await storedEvents(bus, sweep.id)).some(({ event }) => event.kind === 'finished');
  await until('the sweep to finish', isFinished, 60_000);
  const records = await doneRecords(bus, sweep.id);
  expect(new Set(records.map(({ trial }) => trial)).size).toBe(600);
  expect(records).toHaveLength(600);
  coordinator.kill('SIGTERM');
  await once(coordinator, 'exit');
});
