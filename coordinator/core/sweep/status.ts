/** The byte of a trial; 0 where nothing happened yet. */
export const STATUS = {
  fresh: 0,
  queued: 1,
  running: 2,
  returned: 3,
  completed: 4,
  diverged: 5,
  failed: 6,
  pruned: 7,
  cancelled: 8,
} as const;
export type StatusName = keyof typeof STATUS;
export const STATUS_NAMES = Object.keys(STATUS) as readonly StatusName[];
export type FinalOutcome = 'completed' | 'diverged' | 'failed' | 'pruned' | 'cancelled';

export function isFinal(status: number): boolean {
  return status >= STATUS.completed;
}
