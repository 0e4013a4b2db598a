/**
 * Keeps a stream of lines readable: up to ten trials a second get a line each, the rest of that second share one. Time
 * is passed in, so nothing here waits.
 */
export interface LineBudget {
  /** True where this trial gets a line of its own; otherwise it is counted under `label` for the shared line. */
  admit(now: number, label: string): boolean;
  /** The shared line's counts once the oldest it holds is a second old (or `force`), else null. */
  flush(now: number, force?: boolean): Readonly<Record<string, number>> | null;
}

export const LINES_PER_SECOND = 10;
const WINDOW_MS = 1_000;

export function createLineBudget(): LineBudget {
  let windowStart = Number.NEGATIVE_INFINITY;
  let spent = 0;
  let held: Record<string, number> = {};
  let heldSince = 0;
  return {
    admit: (now, label) => {
      if (now - windowStart >= WINDOW_MS) {
        windowStart = now;
        spent = 0;
      }
      // The last line of the second is the shared one.
      if (spent < LINES_PER_SECOND - 1) {
        spent++;
        return true;
      }
      if (Object.keys(held).length === 0) heldSince = now;
      held[label] = (held[label] ?? 0) + 1;
      return false;
    },
    flush: (now, force = false) => {
      if (Object.keys(held).length === 0 || (!force && now - heldSince < WINDOW_MS)) return null;
      const counts = held;
      held = {};
      return counts;
    },
  };
}
