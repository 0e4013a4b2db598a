import type {
  DoneRecord,
  PresenceEntry,
  SowerEvent,
  SweepEntry,
  TrialReport,
  WorkItem,
} from '../../shared/protocol/index.ts';

/** Messages that are right in every field, for tests that care about one or two of them. */

export function startedEvent(sweep: string, index: number): SowerEvent {
  const trial = `t${String(index).padStart(6, '0')}`;
  const attempt = `host-1-${index}`;
  return { v: 1, sweep, author: 'host', at: 0, kind: 'started', trial, attempt, item: 'i000000', gen: 1, slot: 0 };
}

export function cancelledEvent(sweep: string): SowerEvent {
  return { v: 1, sweep, author: 'coordinator', at: 0, kind: 'cancelled', trial: '-', reason: 'no longer needed' };
}

export function doneRecordOf(sweep: string, trial: string, changes: Partial<DoneRecord> = {}): DoneRecord {
  return {
    v: 1,
    sweep,
    trial,
    configuration: 'c0000',
    seed: 1,
    params: { lr: 0.1 },
    state: 'done',
    outcome: 'completed',
    reason: null,
    attempts: 1,
    attempt: 'host-1-1',
    agent: 'host',
    metrics: { val_loss: 0.5, test_loss: null },
    history: [{ val_loss: 0.5 }],
    epochs: 1,
    steps: 10,
    seconds: 1,
    samplesPerSecond: 320,
    model: null,
    failure: null,
    provenance: null,
    event: 1,
    fence: 'then/1',
    at: 0,
    ...changes,
  };
}

export function workItemOf(sweep: string, pool: string, index: number, gen = 1): WorkItem {
  return { v: 1, sweep, item: `i${String(index).padStart(6, '0')}`, gen, pool, specHash: 'ab', trials: [index] };
}

export function reportOf(sweep: string, epoch: number): TrialReport {
  return {
    v: 1,
    sweep,
    agent: 'host',
    trial: 't000001',
    attempt: 'host-1-1',
    slot: 0,
    epoch,
    epochs: 9,
    metrics: { train_loss: 1 / epoch },
    samplesPerSecond: 100,
    at: 0,
  };
}

export function presenceOf(agent: string): PresenceEntry {
  return {
    v: 1,
    agent,
    pool: 'default',
    host: 'host',
    pid: 1,
    version: '0.1.0',
    slots: [{ slot: 0, device: 'cpu', state: 'idle', sweep: null, trial: null }],
    gpus: [],
    metricsAddress: null,
    draining: false,
    startedAt: 0,
  };
}

export function sweepEntryOf(sweep: string): SweepEntry {
  return { v: 1, sweep, name: 'lr', hash: 'ab', spec: '{}', source: 'name: lr\n', submittedAt: 0 };
}
