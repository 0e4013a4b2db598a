/** Everything stored about a sweep, read once. */
import type { Bus, Stored } from '../../shared/bus/port.ts';
import type { DoneRecord, SowerEvent, SweepEntry } from '../../shared/protocol/index.ts';
import { identifySweep, readSpec } from '../../shared/sweep/index.ts';
import type { ValidSweep } from '../../shared/sweep/spec.ts';
import { createSweepView } from '../../shared/view/index.ts';
import type { SweepView } from '../../shared/view/types.ts';

export interface StoredSweep {
  readonly sweep: ValidSweep;
  readonly entry: SweepEntry;
  readonly view: SweepView;
}

export function sweepOfEntry(entry: SweepEntry): ValidSweep {
  return identifySweep(readSpec(entry.spec));
}

/** A view filled with what is stored now; presence and live curves only where the sweep is not over. */
export async function readSweep(bus: Bus, entry: SweepEntry): Promise<StoredSweep> {
  const sweep = sweepOfEntry(entry);
  const view = createSweepView(sweep);
  const [events, records] = await Promise.all([readEvents(bus, entry.sweep), readRecords(bus, entry.sweep)]);
  for (const { seq, value } of events) view.apply({ type: 'event', seq, event: value });
  for (const { value } of records) view.apply({ type: 'done', record: value });
  if (records.length < sweep.plannedTrials) {
    for await (const stored of bus.reports.read({ sweep: entry.sweep })) {
      if ('value' in stored) view.apply({ type: 'report', report: stored.value });
    }
  }
  view.apply({ type: 'presence', at: Date.now(), agents: await bus.presence.list() });
  return { sweep, entry, view };
}

export function readEvents(bus: Bus, sweep: string): Promise<readonly Readable<SowerEvent>[]> {
  return readable(bus.events.read({ sweep }));
}

export function readRecords(bus: Bus, sweep: string): Promise<readonly Readable<DoneRecord>[]> {
  return readable(bus.done.read({ sweep }));
}

interface Readable<T> {
  readonly seq: number;
  readonly value: T;
}

async function readable<T>(source: AsyncIterable<Stored<T>>): Promise<readonly Readable<T>[]> {
  const found: Readable<T>[] = [];
  for await (const stored of source) if ('value' in stored) found.push(stored);
  return found;
}
