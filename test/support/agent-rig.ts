/** A real nats-server in a folder of its own, with a sweep shelved and queued on it as a coordinator would. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connectBus } from '../../shared/bus/nats/index.ts';
import { type NatsServer, startNatsServer } from '../../shared/bus/nats/server.ts';
import type { Bus } from '../../shared/bus/port.ts';
import { itemId } from '../../shared/kernel/ids.ts';
import {
  COORDINATOR_AUTHOR,
  type DoneRecord,
  PROTOCOL_VERSION,
  type ResultEvent,
  type SowerEvent,
  type SweepEntry,
  type WorkItem,
} from '../../shared/protocol/index.ts';
import { identifySweep, type SweepSpec, trialAt, type ValidSweep, writeSpec } from '../../shared/sweep/index.ts';

export interface AgentRig {
  readonly folder: string;
  readonly home: string;
  readonly bus: Bus;
  readonly url: string;
  /** Kills the server without warning; the answer starts it again on the same port, with its store or an empty one. */
  stopServer(options?: { readonly wipe: boolean }): Promise<() => Promise<void>>;
  /** SIGSTOP makes the server hang, SIGCONT ends that. */
  signalServer(signal: 'SIGSTOP' | 'SIGCONT'): void;
  /** Shelves the sweep and queues its trials, `perItem` to an item, under generation `gen`. */
  plant(spec: SweepSpec, perItem: number, gen?: number): Promise<ValidSweep>;
  /** Everything the log holds of a sweep. */
  events(sweep: string): Promise<readonly SowerEvent[]>;
  /** Resolves when `ready` is true of the log of a sweep, with that log. */
  until(sweep: string, ready: (events: readonly SowerEvent[]) => boolean): Promise<readonly SowerEvent[]>;
  /** Counts a result as the coordinator does. */
  count(valid: ValidSweep, event: ResultEvent): Promise<void>;
  close(): Promise<void>;
}

export async function openAgentRig(): Promise<AgentRig> {
  const folder = await mkdtemp(join(tmpdir(), 'sower-agent-'));
  const storeDir = join(folder, 'nats');
  let server: NatsServer = await startNatsServer({ storeDir });
  const { url, port } = server;
  const bus = await connectBus({ url, name: 'test' });
  await bus.provision();

  async function events(sweep: string): Promise<readonly SowerEvent[]> {
    const found: SowerEvent[] = [];
    for await (const stored of bus.events.read({ sweep })) if ('value' in stored) found.push(stored.value);
    return found;
  }

  return {
    folder,
    home: join(folder, 'home'),
    bus,
    url,
    async stopServer(options = { wipe: false }) {
      server.kill('SIGKILL');
      await server.closed;
      if (options.wipe) await rm(storeDir, { recursive: true });
      return async () => {
        server = await startNatsServer({ storeDir, port });
      };
    },
    signalServer: (signal) => server.kill(signal),
    async plant(spec, perItem, gen = 1) {
      const valid = identifySweep(spec);
      await bus.sweeps.put(entryOf(valid));
      await bus.queue.openPool(spec.pool, 2);
      for (const item of itemsOf(valid, perItem, gen)) await bus.queue.enqueue(item);
      return valid;
    },
    events,
    async until(sweep, ready) {
      const found: SowerEvent[] = [];
      const abort = new AbortController();
      for await (const stored of bus.events.read({ sweep, follow: true, signal: abort.signal })) {
        if ('value' in stored) found.push(stored.value);
        if (ready(found)) abort.abort();
      }
      return found;
    },
    async count(valid, event) {
      await bus.done.record(recordOf(valid, event));
    },
    async close() {
      await bus.close();
      await server.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** What the sweep's shelf holds of it. */
export function entryOf(valid: ValidSweep): SweepEntry {
  const { spec, id, hash } = valid;
  return {
    v: PROTOCOL_VERSION,
    sweep: id,
    name: spec.name,
    hash,
    spec: writeSpec(spec),
    source: '',
    submittedAt: Date.now(),
  };
}

export function itemsOf(valid: ValidSweep, perItem: number, gen: number): readonly WorkItem[] {
  const items: WorkItem[] = [];
  for (let first = 0; first < valid.plannedTrials; first += perItem) {
    const count = Math.min(perItem, valid.plannedTrials - first);
    items.push({
      v: PROTOCOL_VERSION,
      sweep: valid.id,
      item: itemId(items.length),
      gen,
      pool: valid.spec.pool,
      specHash: valid.hash,
      trials: Array.from({ length: count }, (_, i) => first + i),
    });
  }
  return items;
}

function recordOf(valid: ValidSweep, event: ResultEvent): DoneRecord {
  const trial = trialAt(valid.spec, Number(event.trial.slice(1)));
  const { outcome, reason, metrics, history, epochs, steps, seconds, samplesPerSecond, model, provenance } = event.body;
  return {
    v: PROTOCOL_VERSION,
    sweep: valid.id,
    trial: trial.id,
    configuration: trial.configuration,
    seed: trial.seed,
    params: trial.params,
    state: 'done',
    outcome,
    reason,
    attempts: 1,
    attempt: event.attempt,
    agent: event.author,
    metrics,
    history,
    epochs,
    steps,
    seconds,
    samplesPerSecond,
    model,
    failure: null,
    provenance,
    event: 1,
    fence: COORDINATOR_AUTHOR,
    at: Date.now(),
  };
}

export const resultsOf = (events: readonly SowerEvent[]): readonly ResultEvent[] =>
  events.filter((event) => event.kind === 'result');
export const countOf = (events: readonly SowerEvent[], kind: SowerEvent['kind']): number =>
  events.filter((event) => event.kind === kind).length;
