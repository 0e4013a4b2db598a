import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type RunningCoordinator, runCoordinator } from '../../coordinator/main.ts';
import type { CoordinatorLimits } from '../../coordinator/shell/limits.ts';
import type { Bus } from '../../shared/bus/port.ts';
import type { Log } from '../../shared/kernel/clock.ts';
import type { DoneRecord, SowerEvent } from '../../shared/protocol/index.ts';

export interface LogLine {
  readonly level: string;
  readonly message: string;
}

export interface CoordinatorHome extends AsyncDisposable {
  readonly folder: string;
  readonly lines: LogLine[];
  start(url: string, name?: string, limits?: Partial<CoordinatorLimits>): Promise<RunningCoordinator>;
}

/** A home folder of its own for coordinators of a test; ends those that still run. */
export async function coordinatorHome(): Promise<CoordinatorHome> {
  const folder = await mkdtemp(join(tmpdir(), 'sower-coordinator-'));
  const lines: LogLine[] = [];
  const log: Log = (level, message) => void lines.push({ level, message });
  const running: RunningCoordinator[] = [];
  return {
    folder,
    lines,
    async start(url, name = 'coordinator', limits = {}) {
      const soon = { surveyMs: 100, leaseAskMs: 100, reconcileSoonMs: 100, ...limits };
      const coordinator = await runCoordinator({
        nats: url,
        home: folder,
        listen: '127.0.0.1:0',
        log,
        name,
        limits: soon,
      });
      running.push(coordinator);
      return coordinator;
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(running.map((coordinator) => coordinator.stop()));
      await rm(folder, { recursive: true, force: true });
    },
  };
}

export async function doneRecords(bus: Bus, sweep: string): Promise<readonly DoneRecord[]> {
  const records: DoneRecord[] = [];
  for await (const stored of bus.done.read({ sweep })) if ('value' in stored) records.push(stored.value);
  return records;
}

export async function storedEvents(bus: Bus, sweep: string): Promise<readonly { seq: number; event: SowerEvent }[]> {
  const events: { seq: number; event: SowerEvent }[] = [];
  for await (const stored of bus.events.read({ sweep })) {
    if ('value' in stored) events.push({ seq: stored.seq, event: stored.value });
  }
  return events;
}
