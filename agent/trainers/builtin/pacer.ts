/**
 * How many steps to train in one piece. Between pieces the process hears its parent (stop orders), so a piece should
 * take about a tenth of a second; far shorter ones would waste time on calls.
 */
export interface Pacer {
  stepCount(): number;
  /** Tells how long a piece took. */
  learn(stepCount: number, durationMs: number): void;
}

const TARGET_MS = 100;
const MAX_MS = 500;
const MIN_STEPS = 20;

export function createPacer(): Pacer {
  let msPerStep: number | null = null;
  return {
    stepCount() {
      if (msPerStep === null) return MIN_STEPS;
      const wanted = Math.max(MIN_STEPS, Math.round(TARGET_MS / msPerStep));
      return Math.max(1, Math.min(wanted, Math.floor(MAX_MS / msPerStep)));
    },
    learn(stepCount, durationMs) {
      if (stepCount > 0 && durationMs > 0) msPerStep = durationMs / stepCount;
    },
  };
}
