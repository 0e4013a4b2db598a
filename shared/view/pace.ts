import type { Endings } from './endings.ts';
import type { Pauses } from './pauses.ts';

const WINDOW_TRIALS = 100;

export interface Pace {
  readonly trialsPerMinute: number | null;
  readonly eta: { readonly earliestAt: number; readonly latestAt: number } | null;
}

export interface PaceFacts {
  readonly endings: Endings;
  readonly pauses: Pauses;
  readonly startedAt: number | null;
  /** Start of the earliest trial that runs now. */
  readonly runningSince: number | null;
  readonly planned: number;
}

/**
 * The pace of the last 100 endings, and the time left by it and by the pace since the start: two honest guesses whose
 * distance shows how even the sweep runs. Time in which nothing ran counts for neither.
 */
export function paceOf({ endings, pauses, startedAt, runningSince, planned }: PaceFacts, now: number): Pace {
  const last = endings.timeBefore(0);
  const back = Math.min(endings.count, WINDOW_TRIALS) - 1;
  if (last === null || startedAt === null || back < 1) return { trialsPerMinute: null, eta: null };
  const remaining = planned - endings.count;
  const until = remaining > 0 ? Math.max(now, last) : last;
  const workedSince = (from: number) => until - from - pauses.within(from, until, runningSince);
  const recent = back / workedSince(endings.timeBefore(back) as number);
  const overall = endings.count / workedSince(startedAt);
  const usable = [recent, overall].filter((rate) => Number.isFinite(rate) && rate > 0);
  const trialsPerMinute = Number.isFinite(recent) && recent > 0 ? recent * 60_000 : null;
  if (remaining <= 0 || usable.length === 0) return { trialsPerMinute, eta: null };
  const arrivals = usable.map((rate) => now + remaining / rate);
  return { trialsPerMinute, eta: { earliestAt: Math.min(...arrivals), latestAt: Math.max(...arrivals) } };
}
