/**
 * Keeps a `SweepView` up to date from the bus: stored events and DONE records first, then whatever comes, plus live
 * reports and the presence list. Who looks at it is told at most every 250 ms.
 */
import type { Bus, Stored } from '../../shared/bus/port.ts';
import type { ViewMessage } from '../../shared/view/types.ts';
import { pause } from '../pause.ts';

export interface FeedOptions {
  readonly bus: Bus;
  readonly sweep: string;
  readonly apply: (message: ViewMessage) => void;
  readonly signal: AbortSignal;
  readonly onUnreadable: (problem: string) => void;
}

export interface Feed {
  /** Resolves when everything stored at the start has been applied. */
  readonly caughtUp: Promise<void>;
  /** Rejects where reading broke; resolves after the signal. */
  readonly ended: Promise<void>;
}

const PRESENCE_EVERY_MS = 2_000;

export function openFeed({ bus, sweep, apply, signal, onUnreadable }: FeedOptions): Feed {
  const accept = <T>(stored: Stored<T>, wrap: (value: T, seq: number) => ViewMessage) => {
    if ('unreadable' in stored) onUnreadable(stored.unreadable.problem);
    else apply(wrap(stored.value, stored.seq));
  };
  const live = bus.reports.watch(sweep, (report) => apply({ type: 'report', report }));
  signal.addEventListener('abort', () => live.stop(), { once: true });

  const events = caughtUpOf(async (onCaughtUp) => {
    for await (const stored of bus.events.read({ sweep, follow: true, signal, onCaughtUp })) {
      accept(stored, (event, seq) => ({ type: 'event', seq, event }));
    }
  });
  const done = caughtUpOf(async (onCaughtUp) => {
    for await (const stored of bus.done.read({ sweep, follow: true, signal, onCaughtUp })) {
      accept(stored, (record) => ({ type: 'done', record }));
    }
  });
  const past = readPastReports(bus, sweep, signal, accept);
  const presence = pollPresence(bus, apply, signal);
  const ended = Promise.all([events.ended, done.ended, past, presence]).then(() => undefined);
  ended.catch(() => {});
  return {
    caughtUp: Promise.race([Promise.all([events.caughtUp, done.caughtUp]), ended]).then(() => undefined),
    ended,
  };
}

function caughtUpOf(read: (onCaughtUp: () => void) => Promise<void>): {
  readonly caughtUp: Promise<void>;
  readonly ended: Promise<void>;
} {
  let ended: Promise<void> = Promise.resolve();
  const caughtUp = new Promise<void>((resolve) => {
    ended = read(resolve);
  });
  ended.catch(() => {});
  return { caughtUp, ended };
}

/** Curves of trials that were running before we looked. */
async function readPastReports(
  bus: Bus,
  sweep: string,
  signal: AbortSignal,
  accept: <T>(stored: Stored<T>, wrap: (value: T, seq: number) => ViewMessage) => void,
): Promise<void> {
  for await (const stored of bus.reports.read({ sweep, signal })) {
    accept(stored, (report) => ({ type: 'report', report }));
  }
}

async function pollPresence(bus: Bus, apply: (message: ViewMessage) => void, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    try {
      const agents = await bus.presence.list();
      apply({ type: 'presence', at: Date.now(), agents });
    } catch {
      // The connection is away; the ages people see grow until it is back.
    }
    await pause(PRESENCE_EVERY_MS, signal);
  }
}
