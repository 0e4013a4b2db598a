/** Running aggregates of a sweep: of fixed size, whatever the number of trials. */
import type { Goal } from '../../../shared/sweep/spec.ts';
import type { StatusName } from './status.ts';

export interface RankedTrial {
  readonly trial: number;
  readonly value: number;
  readonly epochs: number;
}

export interface SweepTotals {
  /** Trials by status. */
  readonly byStatus: Readonly<Record<StatusName, number>>;
  /** Trials whose record is in DONE. */
  readonly recorded: number;
  /** Ended attempts by reason. */
  readonly attempts: Readonly<Record<string, number>>;
  readonly retries: Readonly<Record<string, number>>;
  readonly duplicates: number;
  /** Mean seconds of a trial, recent ones weighing more; null before the first result. */
  readonly trialSeconds: number | null;
  /** The best single trials, best first, at most 20. */
  readonly best: readonly RankedTrial[];
  readonly submittedAt: number | null;
  readonly lastResultAt: number | null;
  readonly lastImprovementAt: number | null;
}

const BEST_TRIALS = 20;
/** Weight of the newest result in the running mean. */
const NEWEST_WEIGHT = 0.05;

export function zeroTotals(planned: number): SweepTotals {
  return {
    byStatus: {
      fresh: planned,
      queued: 0,
      running: 0,
      returned: 0,
      completed: 0,
      diverged: 0,
      failed: 0,
      pruned: 0,
      cancelled: 0,
    },
    recorded: 0,
    attempts: {},
    retries: {},
    duplicates: 0,
    trialSeconds: null,
    best: [],
    submittedAt: null,
    lastResultAt: null,
    lastImprovementAt: null,
  };
}

export function counted(counts: Readonly<Record<string, number>>, name: string): Readonly<Record<string, number>> {
  return { ...counts, [name]: (counts[name] ?? 0) + 1 };
}

export function moved(totals: SweepTotals, from: StatusName, to: StatusName): SweepTotals {
  const { byStatus } = totals;
  return { ...totals, byStatus: { ...byStatus, [from]: byStatus[from] - 1, [to]: byStatus[to] + 1 } };
}

export function withDuration(totals: SweepTotals, seconds: number): SweepTotals {
  const former = totals.trialSeconds;
  const finished = totals.byStatus.completed + totals.byStatus.diverged;
  const weight = Math.max(NEWEST_WEIGHT, 1 / (finished + 1));
  return { ...totals, trialSeconds: former === null ? seconds : former + weight * (seconds - former) };
}

/** Puts a completed trial among the best, ties by trial index. */
export function withObjective(totals: SweepTotals, ranked: RankedTrial, goal: Goal, at: number): SweepTotals {
  const sign = goal === 'minimize' ? 1 : -1;
  const order = (a: RankedTrial, b: RankedTrial) => sign * (a.value - b.value) || a.trial - b.trial;
  const last = totals.best[totals.best.length - 1];
  if (totals.best.length >= BEST_TRIALS && last !== undefined && order(last, ranked) <= 0) return totals;
  const former = totals.best[0];
  const best = [...totals.best, ranked].sort(order).slice(0, BEST_TRIALS);
  const improved = former === undefined || sign * (ranked.value - former.value) < 0;
  return { ...totals, best, lastImprovementAt: improved ? at : totals.lastImprovementAt };
}
