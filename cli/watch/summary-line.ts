import { formatClock, formatCount, formatMetric, UNKNOWN } from '../../shared/view/format.ts';
import { type SweepSnapshot, TRIAL_STATES, type TrialState } from '../../shared/view/types.ts';

/** `876/1,200 done 812 failed 18 running 24 best 0.08710 (c0093) ends 19:05:00-19:50:00` */
export function formatSummary(snapshot: SweepSnapshot): string {
  const { counts, planned, ended, best, eta } = snapshot;
  return [
    `${formatCount(ended)}/${formatCount(planned)}`,
    formatCounts(counts, ['ready']),
    best === null ? '' : `best ${formatMetric(best.mean)} (${best.configuration})`,
    eta === null ? '' : `ends ${formatClock(eta.earliestAt)}-${formatClock(eta.latestAt)}`,
  ]
    .filter((word) => word !== '')
    .join(' ');
}

/** `done 51 diverged 9`; states that hold no trial are left out. */
export function formatCounts(
  counts: Readonly<Record<TrialState, number>>,
  without: readonly TrialState[] = [],
): string {
  const words = TRIAL_STATES.filter((state) => counts[state] > 0 && !without.includes(state)).map(
    (state) => `${state} ${formatCount(counts[state])}`,
  );
  return words.length === 0 ? UNKNOWN : words.join(' ');
}
