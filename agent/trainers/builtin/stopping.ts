/** Which epoch is the best, and when to stop waiting for a better one. Plain data, so that a resumed trial goes on. */
import type { MetricValues } from '../../../shared/protocol/index.ts';
import { naturalGoal } from '../../../shared/sweep/index.ts';
import type { EarlyStoppingConfig } from '../../../shared/sweep/train.ts';

export interface BestEpoch {
  /** From 1. */
  readonly epoch: number;
  readonly value: number;
}

/** The best epoch so far; of equal ones the first. A value that is not finite is never best. */
export function betterEpoch(
  best: BestEpoch | null,
  metric: string,
  epoch: number,
  metrics: MetricValues,
): BestEpoch | null {
  const value = metrics[metric] ?? null;
  if (value === null) return best;
  return best === null || gain(metric, best.value, value) > 0 ? { epoch, value } : best;
}

export interface Patience {
  /** The value that has to be beaten. */
  readonly best: number | null;
  /** Epochs since it was reached. */
  readonly waited: number;
}

export const FRESH_PATIENCE: Patience = { best: null, waited: 0 };

/**
 * An epoch counts as better where it beats the last better one by more than `minDelta`; after `patience` epochs that do
 * not, training stops (the rule of Keras' EarlyStopping). A value that is not finite is not better.
 */
export function waitForBetter(
  { best, waited }: Patience,
  { metric, patience, minDelta }: EarlyStoppingConfig,
  metrics: MetricValues,
): { readonly patience: Patience; readonly stop: boolean } {
  const value = metrics[metric] ?? null;
  if (value !== null && (best === null || gain(metric, best, value) > minDelta)) {
    return { patience: { best: value, waited: 0 }, stop: false };
  }
  return { patience: { best, waited: waited + 1 }, stop: waited + 1 >= patience };
}

/** How much better `value` is than `before`, in the direction in which the metric gets better. */
function gain(metric: string, before: number, value: number): number {
  return naturalGoal(metric) === 'maximize' ? value - before : before - value;
}
