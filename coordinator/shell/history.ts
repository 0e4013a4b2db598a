/** Before the log is folded: is it whole, and what does DONE say already? */
import type { Bus, LogHead, Stored } from '../../shared/bus/port.ts';
import type { Log } from '../../shared/kernel/clock.ts';
import { indexOfId } from '../../shared/kernel/ids.ts';
import type { DoneRecord } from '../../shared/protocol/index.ts';
import type { Journal } from './journal.ts';
import { giveBackHistory, lostHistory } from './recovery.ts';
import { TrialSet } from './trial-set.ts';

/** Gives the server back what it lost; resolves with where EVENTS stands then. */
export async function settleHistory(bus: Bus, journal: Journal, log: Log): Promise<LogHead> {
  const head = await bus.events.head();
  if (lostHistory(journal, head)) {
    await giveBackHistory(bus, journal, head, log);
    await journal.dropSnapshot();
    const now = await bus.events.head();
    journal.append({ k: 'stream', created: now.created, seq: now.lastSeq });
    return now;
  }
  if (journal.place.created === null) {
    if (head.lastSeq > 0)
      log('info', 'no journal here: rebuilding it from the log on the server', { events: head.lastSeq });
    journal.append({ k: 'stream', created: head.created, seq: 0 });
  }
  return head;
}

/** Trials that have their record already, so that folding the past does not write each again. */
export async function recordedTrials(
  bus: Bus,
  journal: Journal,
  signal: AbortSignal,
  onUnreadable: (stored: Extract<Stored<DoneRecord>, { unreadable: unknown }>) => void,
): Promise<Map<string, TrialSet>> {
  const records = new Map<string, TrialSet>();
  for await (const stored of bus.done.read({ signal })) {
    if ('unreadable' in stored) {
      onUnreadable(stored);
      continue;
    }
    const record = stored.value;
    const trials = records.get(record.sweep) ?? new TrialSet();
    trials.add(indexOfId(record.trial) ?? 0);
    records.set(record.sweep, trials);
    journal.append({ k: 'done', seq: record.event, record });
  }
  return records;
}
