/** An agent against a real server, with real slot processes; the test plays the coordinator. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { AgentLimits } from '../../agent/core/limits.ts';
import { type RunningAgent, runAgent } from '../../agent/main.ts';
import { EXIT } from '../../shared/kernel/errors.ts';
import type { SowerEvent, WorkItem } from '../../shared/protocol/index.ts';
import { type AgentProcess, startAgentProcess } from '../support/agent-process.ts';
import { type AgentRig, countOf, itemsOf, openAgentRig, resultsOf } from '../support/agent-rig.ts';
import { childrenOf, isRunning } from '../support/processes.ts';
import { digitsSweep } from '../support/trials.ts';

const PATIENCE = { timeout: 60_000, interval: 50 };
let rig: AgentRig;
let agents: RunningAgent[];
let processes: AgentProcess[];

beforeEach(async () => {
  rig = await openAgentRig();
  agents = [];
  processes = [];
});

afterEach(async () => {
  for (const agent of agents) await agent.stop();
  for (const child of processes) child.kill('SIGKILL');
  await Promise.all(processes.map((child) => child.ended));
  await rig.close();
});

async function start(slots: number, limits: Partial<AgentLimits> = {}): Promise<RunningAgent> {
  const agent = await runAgent({ nats: rig.url, home: rig.home, name: 'lab', slots, log: () => undefined, limits });
  agents.push(agent);
  return agent;
}

function startProcess(slots: number): AgentProcess {
  const child = startAgentProcess(rig.url, rig.home, 'lab', slots);
  processes.push(child);
  return child;
}

/** `configurations` x 2 trials that take `seconds` each. */
function waitingSweep(configurations: number, seconds: number) {
  const values = Array.from({ length: configurations }, (_, i) => i + 1);
  return digitsSweep({ parameters: `{lr: {values: [${values}]}}`, train: `{noop: {seconds: ${seconds}}}` });
}

const trialsOf = (events: readonly SowerEvent[]) => resultsOf(events).map((event) => event.trial);
const hasStarted = (events: readonly SowerEvent[]) => countOf(events, 'started') > 0;
const hasResults = (count: number) => (events: readonly SowerEvent[]) => resultsOf(events).length >= count;

async function untilQueueEmpty(): Promise<void> {
  await vi.waitFor(async () => expect(await rig.bus.queue.depth('default')).toEqual({ ready: 0, held: 0 }), PATIENCE);
}

describe('agent', () => {
  it('runs every trial once, says so in order, and answers every item', async () => {
    const valid = await rig.plant(waitingSweep(60, 0), 16);
    const agent = await start(2);
    const events = await rig.until(valid.id, hasResults(120));
    await untilQueueEmpty();
    expect(new Set(trialsOf(events)).size).toBe(120);
    const log = await rig.events(valid.id);
    expect([countOf(log, 'started'), countOf(log, 'result'), log.length]).toEqual([120, 120, 240]);
    for (const result of resultsOf(log)) {
      const started = log.findIndex((event) => event.kind === 'started' && event.attempt === result.attempt);
      expect(started).toBeGreaterThanOrEqual(0);
      expect(started).toBeLessThan(log.indexOf(result));
    }
    const [present] = await rig.bus.presence.list();
    expect(present?.entry).toMatchObject({ agent: 'lab', pool: 'default', metricsAddress: agent.metricsAddress });
    const metrics = await (await fetch(`http://${agent.metricsAddress}/metrics`)).text();
    expect(metrics).toContain('sower_agent_attempts_total{agent="lab",outcome="completed"} 120');
    expect((await fetch(`http://${agent.metricsAddress}/healthz`)).status).toBe(200);
    await agent.stop();
    expect(await agent.closed).toBe(EXIT.ok);
    expect(await rig.bus.presence.list()).toEqual([]);
    expect(await childrenOf(process.pid, 'slot.js')).toEqual([]);
  });

  it('trains, verifies, exports and uploads a real model', async () => {
    const valid = await rig.plant(
      digitsSweep({ seeds: '[1]', parameters: '{lr: {value: 0.1}, momentum: {value: 0.5}}' }),
      1,
    );
    await start(1);
    const reports: number[] = [];
    rig.bus.reports.watch(valid.id, (report) => reports.push(report.epoch));
    const [result] = resultsOf(await rig.until(valid.id, hasResults(1)));
    expect(result?.body).toMatchObject({ outcome: 'completed', epochs: 2, model: { uploaded: true } });
    const model = result?.body.model;
    const uploaded = await rig.bus.models.get(model?.sha256 ?? '');
    expect(Buffer.from(uploaded ?? []).equals(await readFile(model?.path ?? ''))).toBe(true);
    expect(reports).toEqual([1, 2]);
  });

  it('acks a redelivered item whose trials are counted, without training', async () => {
    const valid = await rig.plant(waitingSweep(2, 0), 4);
    await start(1);
    for (const result of resultsOf(await rig.until(valid.id, hasResults(4)))) await rig.count(valid, result);
    await untilQueueEmpty();
    await rig.plant(valid.spec, 4, 2);
    await untilQueueEmpty();
    expect(countOf(await rig.events(valid.id), 'started')).toBe(4);
  });

  it('refuses a second agent of its name on one home, and items of another file', async () => {
    const valid = await rig.plant(waitingSweep(1, 0), 2);
    const [item] = itemsOf(valid, 1, 1);
    await rig.bus.queue.enqueue({ ...(item as WorkItem), item: 'i000099', specHash: 'f'.repeat(64) });
    await start(1);
    await expect(start(1)).rejects.toMatchObject({ code: 'E_AGENT_RUNNING', exit: EXIT.conflict });
    const events = await rig.until(valid.id, (log) => countOf(log, 'failed') > 0 && hasResults(2)(log));
    expect(events.find((event) => event.kind === 'failed')).toMatchObject({ body: { cause: 'bad_message' } });
    await untilQueueEmpty();
  });

  it('stops work on a sweep when it is cancelled, and forgets its items', async () => {
    const valid = await rig.plant(waitingSweep(1, 60), 2);
    await start(1);
    await rig.until(valid.id, hasStarted);
    rig.bus.control.orderStop(valid.id);
    const events = await rig.until(valid.id, (log) => countOf(log, 'released') > 0);
    expect(countOf(events, 'started')).toBe(1);
    await untilQueueEmpty();
  });
});

describe('agent under fire', () => {
  it('fails the trial whose slot is killed, and goes on with the next on a new process', async () => {
    const valid = await rig.plant(waitingSweep(1, 1), 2);
    await start(1);
    await rig.until(valid.id, hasStarted);
    const [slot] = await childrenOf(process.pid, 'slot.js');
    process.kill(slot as number, 'SIGKILL');
    const events = await rig.until(valid.id, hasResults(1));
    expect(events.map((event) => event.kind)).toEqual(['started', 'failed', 'started', 'result']);
    expect(events[1]).toMatchObject({ trial: 't000000', body: { cause: 'infra', signal: 'SIGKILL' } });
    await untilQueueEmpty();
  });

  it('ends an attempt that reports nothing for too long', async () => {
    const valid = await rig.plant(waitingSweep(1, 60), 2);
    await start(1, { stallMs: 300 });
    const events = await rig.until(valid.id, (log) => countOf(log, 'failed') === 2);
    expect(events.filter((event) => event.kind === 'failed')).toMatchObject([
      { body: { cause: 'timeout' } },
      { body: { cause: 'timeout' } },
    ]);
  });

  it('publishes a result after its death that it had only written down, and does not train again', async () => {
    const valid = await rig.plant(waitingSweep(1, 1), 2);
    const first = startProcess(1);
    await rig.until(valid.id, hasStarted);
    const restart = await rig.stopServer();
    const written = await vi.waitFor(async () => {
      const entries = await outboxResults();
      expect(entries).toHaveLength(1);
      return entries;
    }, PATIENCE);
    first.kill('SIGKILL');
    expect(await first.ended).toBe('SIGKILL');
    await restart();
    expect(countOf(await rig.events(valid.id), 'result')).toBe(0);
    startProcess(1);
    const events = await rig.until(valid.id, hasResults(2));
    expect(resultsOf(events)[0]?.attempt).toBe(written[0]);
    await untilQueueEmpty();
    const trained = (await rig.events(valid.id)).filter((event) => event.kind === 'started');
    expect(new Set(trained.map((event) => event.attempt)).size).toBe(2);
    expect(trialsOf(await rig.events(valid.id)).sort()).toEqual(['t000000', 't000001']);
  });

  it('drains on SIGTERM: the running trial is released and its item goes back', async () => {
    const valid = await rig.plant(waitingSweep(1, 60), 1);
    const agent = startProcess(1);
    await rig.until(valid.id, hasStarted);
    const slots = await childrenOf(agent.pid, 'slot.js');
    expect(slots).toHaveLength(1);
    agent.kill('SIGTERM');
    await agent.ended;
    const events = await rig.events(valid.id);
    expect(events.map((event) => event.kind)).toEqual(['started', 'released']);
    const back = [await rig.bus.queue.pull('default', 5_000), await rig.bus.queue.pull('default', 5_000)];
    expect(back.map((delivery) => delivery?.item.item).sort()).toEqual(['i000000', 'i000001']);
    expect(await rig.bus.presence.list()).toEqual([]);
    expect(slots.filter(isRunning)).toEqual([]);
    expect(await readdir(join(rig.home, 'agents', 'lab'))).toEqual(['outbox']);
  });

  it('takes its slots along when it is killed', async () => {
    const valid = await rig.plant(waitingSweep(1, 60), 1);
    const agent = startProcess(2);
    await rig.until(valid.id, (log) => countOf(log, 'started') === 2);
    const slots = await childrenOf(agent.pid, 'slot.js');
    agent.kill('SIGKILL');
    await agent.ended;
    await vi.waitFor(() => expect(slots.filter(isRunning)).toEqual([]), PATIENCE);
  });

  it('loses nothing when the server is killed in the middle', async () => {
    const valid = await rig.plant(waitingSweep(100, 0.01), 10);
    await start(2);
    await rig.until(valid.id, hasResults(60));
    await (await rig.stopServer())();
    await rig.until(valid.id, (log) => new Set(trialsOf(log)).size === 200);
    const log = await rig.events(valid.id);
    expect(trialsOf(log)).toHaveLength(200);
  });

  it('says everything again when the server lost its store', async () => {
    const valid = await rig.plant(waitingSweep(5, 0), 5);
    await start(1, { outboxCheckMs: 200 });
    await rig.until(valid.id, hasResults(10));
    await untilQueueEmpty();
    await (await rig.stopServer({ wipe: true }))();
    await vi.waitFor(async () => {
      expect(new Set(trialsOf(await rig.events(valid.id))).size).toBe(10);
    }, PATIENCE);
    expect(new Set((await rig.events(valid.id)).map((event) => event.kind))).toEqual(new Set(['started', 'result']));
  });
});

/** Attempts with a result in the outbox. */
async function outboxResults(): Promise<readonly string[]> {
  const folder = join(rig.home, 'agents', 'lab', 'outbox');
  const found: string[] = [];
  for (const file of await readdir(folder)) {
    for (const line of (await readFile(join(folder, file), 'utf8')).split('\n').filter((text) => text !== '')) {
      const { ending } = JSON.parse(line) as { ending?: { kind: string; attempt: string } };
      if (ending?.kind === 'result') found.push(ending.attempt);
    }
  }
  return found;
}
