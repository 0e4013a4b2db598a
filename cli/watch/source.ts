/** A sweep as something to look at: its view, a way to hear of changes, and when it is over. */
import type { Bus } from '../../shared/bus/port.ts';
import { systemClock } from '../../shared/kernel/system-clock.ts';
import type { ValidSweep } from '../../shared/sweep/spec.ts';
import { createSweepView } from '../../shared/view/index.ts';
import type { SweepSnapshot, SweepView, ViewMessage } from '../../shared/view/types.ts';
import { openFeed } from './feed.ts';

export interface SweepSource {
  readonly view: SweepView;
  snapshot(): SweepSnapshot;
  /** Called after changes, at most every 250 ms. */
  subscribe(listener: () => void): () => void;
  /** Every message as it is applied, with whether it was stored before we looked. */
  tap(listener: (message: ViewMessage, past: boolean) => void): () => void;
  readonly caughtUp: Promise<void>;
  /** Resolves when every planned trial has its record, cancelled ones too; rejects where reading broke. */
  readonly over: Promise<void>;
  close(): void;
}

const TELL_EVERY_MS = 250;

export function openSource(bus: Bus, sweep: ValidSweep): SweepSource {
  const view = createSweepView(sweep);
  const stopped = new AbortController();
  const listeners = new Set<() => void>();
  const taps = new Set<(message: ViewMessage, past: boolean) => void>();
  const recorded = new Set<string>();
  let past = true;
  let timer: NodeJS.Timeout | null = null;
  let settle: () => void = () => {};
  const finished = new Promise<void>((resolve) => {
    settle = resolve;
  });

  const tell = () => {
    timer = null;
    for (const listener of listeners) listener();
  };
  const apply = (message: ViewMessage) => {
    const before = view.version;
    view.apply(message);
    for (const tap of taps) tap(message, past);
    if (view.version === before) return;
    timer ??= setTimeout(tell, TELL_EVERY_MS);
    if (message.type === 'done') recorded.add(message.record.trial);
    if (recorded.size >= sweep.plannedTrials) settle();
  };
  const feed = openFeed({ bus, sweep: sweep.id, apply, signal: stopped.signal, onUnreadable: () => {} });
  const caughtUp = feed.caughtUp.then(() => {
    past = false;
  });
  caughtUp.catch(() => {});
  const over = Promise.race([Promise.all([finished, caughtUp]).then(() => {}), feed.ended]);
  over.catch(() => {});

  return {
    view,
    snapshot: () => view.snapshot(systemClock.now()),
    subscribe: (listener) => subscribeTo(listeners, listener),
    tap: (listener) => subscribeTo(taps, listener),
    caughtUp,
    over,
    close: () => {
      stopped.abort();
      if (timer !== null) clearTimeout(timer);
    },
  };
}

function subscribeTo<T>(set: Set<T>, listener: T): () => void {
  set.add(listener);
  return () => void set.delete(listener);
}
