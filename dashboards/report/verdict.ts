import type { Standing } from '../../shared/stats/standing.ts';

/** Why a configuration stands where it stands. */
export function verdictOf(standing: Standing): string {
  const { state, planned, n, failed, diverged, comparison } = standing;
  if (state === 'failed') return `${failed} of ${planned} seeds failed`;
  if (state === 'diverged') return `${diverged} of ${planned} seeds diverged`;
  if (state === 'incomplete') return `${planned - n} of ${planned} seeds missing`;
  if (comparison === 'best') return 'best';
  if (comparison === 'tied') return 'tied with the best';
  return comparison === 'untested' ? 'not tested against the best' : '';
}
