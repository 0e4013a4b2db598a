import type { Standing } from '../stats/standing.ts';

/** Why a configuration stands where it stands. */
export function verdictOf(standing: Standing): string {
  switch (standing.state) {
    case 'complete':
      return verdictOfRanked(standing);
    case 'diverged':
      return `${standing.diverged} of ${standing.planned} seeds diverged`;
    case 'failed':
      return `${standing.failed} of ${standing.planned} seeds failed`;
    case 'incomplete':
      return `${standing.planned - standing.n} of ${standing.planned} seeds missing`;
  }
}

function verdictOfRanked({ comparison }: Standing): string {
  switch (comparison) {
    case 'best':
      return 'best';
    case 'tied':
      return 'tied with the best';
    case 'untested':
      return 'not tested against the best';
    default:
      return '';
  }
}
