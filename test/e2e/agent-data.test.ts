/** An agent that fetches data for its trials while other things happen; the test plays the coordinator. */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type RunningAgent, runAgent } from '../../agent/main.ts';
import type { SowerEvent } from '../../shared/protocol/index.ts';
import { type AgentRig, countOf, openAgentRig, resultsOf } from '../support/agent-rig.ts';
import { digitsSweep } from '../support/trials.ts';

let rig: AgentRig;
let agents: RunningAgent[];
beforeEach(async () => {
  rig = await openAgentRig();
  agents = [];
});
afterEach(async () => {
  for (const agent of agents) await agent.stop();
  await rig.close();
});

async function start(): Promise<RunningAgent> {
  const agent = await runAgent({ nats: rig.url, home: rig.home, name: 'lab', slots: 1, log: () => undefined });
  agents.push(agent);
  return agent;
}

/** 64 rows of two classes; a column that nobody reads makes it as large as asked, so that fetching takes a while. */
async function storeTable(bytes: number): Promise<string> {
  const note = 'x'.repeat(Math.floor(bytes / 64));
  const rows = Array.from(
    { length: 64 },
    (_, i) => `${i % 2},${Math.sin(i).toFixed(3)},${note},${i % 2 ? 'b' : 'a'}\n`,
  );
  const table = Buffer.from(`x,y,note,class\n${rows.join('')}`);
  const name = createHash('sha256').update(table).digest('hex');
  await rig.bus.data.putPieces({ name, title: 'large.csv', kind: 'file' }, async function* () {
    yield table;
  });
  return name;
}

const sweepOn = (sha256: string) =>
  digitsSweep({
    parameters: '{lr: {values: [0.1]}}',
    train: `
  data: {file: large.csv, sha256: ${sha256}, columns: {note: ignore}, split: {validation: 0.25}}
  model: [{dense: {units: 2}}]
  loss: cross_entropy
  optimizer: {sgd: {lr: "\${lr}"}}
  batch_size: 8
  epochs: 1`,
  });

const hasStarted = (events: readonly SowerEvent[]) => countOf(events, 'started') > 0;

describe('an agent that fetches data', () => {
  it('goes on where a killed server comes back', async () => {
    const sha256 = await storeTable(48e6);
    const valid = await rig.plant(sweepOn(sha256), 1);
    await start();
    await rig.until(valid.id, hasStarted);
    const restart = await rig.stopServer();
    expect(existsSync(join(rig.home, 'cache', 'data', sha256))).toBe(false);
    await restart();
    const events = await rig.until(valid.id, (log) => resultsOf(log).length + countOf(log, 'failed') > 0);
    expect([resultsOf(events).length, countOf(events, 'failed')]).toEqual([1, 0]);
  });

  it('gives the trial back at once where it is stopped', async () => {
    const sha256 = await storeTable(96e6);
    const valid = await rig.plant(sweepOn(sha256), 1);
    const agent = await start();
    await rig.until(valid.id, hasStarted);
    await agent.stop();
    const log = await rig.events(valid.id);
    expect(log.map(({ kind }) => kind)).toEqual(['started', 'released']);
  });
});
