import type { FailureCause } from '../../../shared/protocol/index.ts';

/**
 * Causes that are the trial's own fault end it when they repeat; a machine's fault never does, it only waits longer from
 * try to try so that a broken host cannot spin.
 */
export const FATAL_REPEATS: Readonly<Partial<Record<FailureCause, number>>> = { user_error: 2, oom: 2, timeout: 2 };

/** A trial that was running on this many different agents when they died is not tried on a further one. */
export const KILLED_AGENTS_MAX = 3;

const FIRST_DELAY_MS = 500;
const LONGEST_DELAY_MS = 60_000;

export function retryDelayMs(cause: FailureCause, count: number): number {
  if (cause in FATAL_REPEATS || cause === 'agent_lost' || cause === 'agent_stop') return 0;
  return Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** Math.min(count - 1, 16));
}
