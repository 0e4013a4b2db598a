/** What a journal does for a server that lost something: it notices, and gives it back. */
import type { Bus, LogHead } from '../../shared/bus/port.ts';
import type { Log } from '../../shared/kernel/clock.ts';
import type { Journal } from './journal.ts';

/** Publishes in flight while history is given back. */
const WINDOW = 128;

/** True where the EVENTS stream stands before what the journal knows, or is another one. */
export function lostHistory(journal: Journal, head: LogHead): boolean {
  const { created, seq } = journal.place;
  return created !== null && (created !== head.created || head.lastSeq < seq);
}

/**
 * Gives back our events that the stream no longer has, every DONE record, and every sweep. What agents had said comes back
 * from their outboxes. Ids name the place the event had, so doing it twice stores it once.
 */
export async function giveBackHistory(bus: Bus, journal: Journal, head: LogHead, log: Log): Promise<void> {
  const { created, seq } = journal.place;
  const recreated = created !== head.created;
  const what = recreated ? `it was created anew at ${head.created}` : `it ends at ${head.lastSeq} instead of ${seq}`;
  let stream = created;
  const given = { sweeps: 0, events: 0, records: 0 };
  const inFlight = new Set<Promise<unknown>>();
  const send = async (work: Promise<unknown>) => {
    const done: Promise<unknown> = work.then(() => inFlight.delete(done));
    inFlight.add(done);
    if (inFlight.size >= WINDOW) await Promise.race(inFlight);
  };
  await journal.entries(async (entry) => {
    if (entry.k === 'stream') stream = entry.created;
    if (entry.k === 'sweep') {
      given.sweeps++;
      await send(bus.sweeps.put(entry.entry));
    } else if (entry.k === 'event' && (stream !== head.created || entry.seq > head.lastSeq)) {
      given.events++;
      await send(bus.events.append(entry.event, `restored:${stream}:${entry.seq}`));
    } else if (entry.k === 'done') {
      given.records++;
      await send(bus.done.record(entry.record));
    }
  });
  await Promise.all(inFlight);
  log('warn', `history lost on the server (stream EVENTS: ${what}); gave back what the journal has`, given);
}

/** Gives back the DONE records of a sweep where the server has fewer than the journal. */
export async function giveBackRecords(bus: Bus, journal: Journal, sweep: string, log: Log): Promise<void> {
  const known = journal.place.records.get(sweep)?.size ?? 0;
  if (known === 0) return;
  const stored = await bus.done.count(sweep);
  if (stored >= known) return;
  log('warn', `records lost on the server: DONE has ${stored} of ${known}; giving them back`, { sweep });
  const inFlight = new Set<Promise<unknown>>();
  await journal.entries(async (entry) => {
    if (entry.k !== 'done' || entry.record.sweep !== sweep) return;
    const done: Promise<unknown> = bus.done.record(entry.record).then(() => inFlight.delete(done));
    inFlight.add(done);
    if (inFlight.size >= WINDOW) await Promise.race(inFlight);
  });
  await Promise.all(inFlight);
}
