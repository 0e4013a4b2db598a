import type { Clock } from './clock.ts';

/** The machine's clocks. Only shells use it. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
};
