/** `torch.optim.lr_scheduler.ReduceLROnPlateau` with a relative threshold. */
import type { ScheduleConfig } from '../../../shared/sweep/train.ts';

export type PlateauConfig = Extract<ScheduleConfig, { readonly type: 'reduce_on_plateau' }>;

export interface PlateauState {
  readonly rate: number;
  /** Null before the first epoch. */
  readonly best: number | null;
  /** Epochs in a row without an improvement. */
  readonly badEpochs: number;
  /** Epochs in which bad ones do not count yet. */
  readonly cooldownLeft: number;
}

/** PyTorch's: a rate is left alone where it would change by no more. */
const LEAST_CHANGE = 1e-8;

/** A value that is NaN is no improvement. */
export function afterPlateauEpoch(
  config: PlateauConfig,
  state: PlateauState,
  value: number,
  higherIsBetter: boolean,
): PlateauState {
  const { factor, patience, threshold, cooldown, minLr } = config;
  const improved = isBetter(value, state.best, threshold, higherIsBetter);
  const cooling = state.cooldownLeft > 0;
  const best = improved ? value : state.best;
  const badEpochs = improved || cooling ? 0 : state.badEpochs + 1;
  const cooldownLeft = cooling ? state.cooldownLeft - 1 : 0;
  if (badEpochs <= patience) return { rate: state.rate, best, badEpochs, cooldownLeft };
  const lower = Math.max(state.rate * factor, minLr);
  const rate = state.rate - lower > LEAST_CHANGE ? lower : state.rate;
  return { rate, best, badEpochs: 0, cooldownLeft: cooldown };
}

function isBetter(value: number, best: number | null, threshold: number, higherIsBetter: boolean): boolean {
  if (best === null) return higherIsBetter ? value > -Infinity : value < Infinity;
  return higherIsBetter ? value > best * (1 + threshold) : value < best * (1 - threshold);
}
