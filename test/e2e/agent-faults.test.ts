/** What hangs, lies or is cut off around an agent; the test plays coordinator, other agent and bad server. */
import { connect } from '@nats-io/transport-node';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { AgentLimits } from '../../agent/core/limits.ts';
import { type RunningAgent, runAgent } from '../../agent/main.ts';
import { EXIT } from '../../shared/kernel/errors.ts';
import {
  PROTOCOL_VERSION,
  type ResultEvent,
  type StartedEvent,
  type SweepEntry,
  subjects,
} from '../../shared/protocol/index.ts';
import { identifySweep, writeSpec } from '../../shared/sweep/index.ts';
import { type AgentRig, countOf, entryOf, itemsOf, openAgentRig, resultsOf } from '../support/agent-rig.ts';
import { digitsSweep, noopSweep } from '../support/trials.ts';

const PATIENCE = { timeout: 60_000, interval: 50 };
let rig: AgentRig;
let agents: RunningAgent[];
let said: string[];

beforeEach(async () => {
  rig = await openAgentRig();
  agents = [];
  said = [];
});

afterEach(async () => {
  for (const agent of agents) await agent.stop();
  await rig.close();
});

async function start(limits: Partial<AgentLimits> = {}): Promise<RunningAgent> {
  const log = (_: string, message: string) => void said.push(message);
  const agent = await runAgent({ nats: rig.url, home: rig.home, name: 'lab', slots: 1, log, limits });
  agents.push(agent);
  return agent;
}

async function outboxEntries({ metricsAddress }: RunningAgent): Promise<number> {
  const metrics = await (await fetch(`http://${metricsAddress}/metrics`)).text();
  return Number(/^sower_agent_outbox_entries\{agent="lab"\} (\d+)$/m.exec(metrics)?.[1]);
}

const untilSaid = (words: string) => vi.waitFor(() => expect(said.join('\n')).toContain(words), PATIENCE);

describe('a hanging server', () => {
  it('does not keep an agent from ending', async () => {
    const agent = await start({ pullMs: 1_000, beatMs: 1_000, graceMs: 500 });
    rig.signalServer('SIGSTOP');
    // A beat waits longer for its answer than a pull: by then the slot asks whether its pool is still there.
    await untilSaid('beat not confirmed');
    await agent.stop();
    expect(await agent.closed).toBe(EXIT.ok);
    rig.signalServer('SIGCONT');
  });
});

describe('a sweep file that is not what it should be', () => {
  const other = digitsSweep({ seeds: '[7]' });
  const spoilt: readonly (readonly [string, Partial<SweepEntry>, RegExp])[] = [
    ['cannot be read', { spec: '{"name":"small"}' }, /the stored sweep cannot be read/],
    ['is another one than its hash says', { spec: writeSpec(other) }, /not what its hash says/],
  ];

  it.each(spoilt)('%s: its items are refused, and the slot goes on', async (_, change, problem) => {
    const bad = identifySweep(noopSweep(0));
    await rig.bus.sweeps.put({ ...entryOf(bad), ...change });
    await rig.bus.queue.openPool('default', 1);
    for (const item of itemsOf(bad, 2, 1)) await rig.bus.queue.enqueue(item);
    await start();
    const events = await rig.until(bad.id, (log) => countOf(log, 'failed') === bad.plannedTrials);
    expect(events[0]).toMatchObject({ body: { cause: 'bad_message', message: expect.stringMatching(problem) } });
    expect(countOf(events, 'started')).toBe(0);
    const good = await rig.plant(digitsSweep({ train: '{noop: {seconds: 0}}', seeds: '[5]' }), 1);
    await rig.until(good.id, (log) => resultsOf(log).length === good.plannedTrials);
  });
});

describe('a record that cannot be read', () => {
  it('counts as one: the agent starts over it and lets go of its own copy', async () => {
    const valid = await rig.plant(noopSweep(0), 8);
    await start();
    await rig.until(valid.id, (log) => resultsOf(log).length === valid.plannedTrials);
    await agents.pop()?.stop();
    const stranger = await connect({ servers: rig.url });
    for (let i = 0; i < valid.plannedTrials; i++) {
      await stranger.request(subjects.done(valid.id, `t00000${i}`), '{"v":99}');
    }
    await stranger.close();
    expect(await outboxEntries(await start())).toBe(0);
  });
});

describe('what the coordinator has not counted', () => {
  it('stays in the outbox, however long ago it was published', async () => {
    const valid = await rig.plant(noopSweep(0), 8);
    const agent = await start({ outboxKeepMs: 0, outboxCheckMs: 50 });
    const results = resultsOf(await rig.until(valid.id, (log) => resultsOf(log).length === valid.plannedTrials));
    const [last, ...others] = results.toReversed();
    for (const result of others.slice(0, 4)) await rig.count(valid, result);
    await vi.waitFor(async () => expect(await outboxEntries(agent)).toBe(valid.plannedTrials - 4), PATIENCE);
    await rig.count(valid, last as ResultEvent);
    await vi.waitFor(async () => expect(await outboxEntries(agent)).toBe(valid.plannedTrials - 5), PATIENCE);
  });
});

describe('an agent that was cut off', () => {
  it('gives way to an attempt that began while it was on an earlier trial of the item', async () => {
    const train = `{noop: {seconds: "\${lr}"}}`;
    const valid = await rig.plant(digitsSweep({ parameters: '{lr: {values: [1, 60]}}', train }), 4);
    await start({ beatMs: 200, changeMs: 100, fenceMs: 500 });
    const [first] = (await rig.until(valid.id, (log) => countOf(log, 'started') === 1)) as readonly StartedEvent[];
    const taken = { ...(first as StartedEvent), v: PROTOCOL_VERSION, author: 'other', attempt: 'other-b-1' } as const;
    await rig.bus.events.append(taken, 'other-b-1-started');
    await rig.until(valid.id, (log) => log.some((event) => event.kind === 'started' && event.trial === 't000002'));
    const restart = await rig.stopServer();
    await untilSaid('held items are unclaimed');
    await restart();
    const events = await rig.until(valid.id, (log) => countOf(log, 'released') > 0);
    expect(events.at(-1)).toMatchObject({ trial: 't000002', reason: 'attempt other-b-1 started later' });
  });
});
