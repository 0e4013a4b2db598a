/**
 * Learning rates over time, as the `torch.optim.lr_scheduler` of the same name gives them, with a linear warm-up that
 * multiplies them (`LinearLR` in a `ChainedScheduler`). Pure: what a schedule remembers is plain JSON that the caller keeps.
 */
import type { ScheduleConfig, WarmupConfig } from '../../../shared/sweep/train.ts';
import { oneCycle } from './one-cycle.ts';
import { afterPlateauEpoch, type PlateauConfig, type PlateauState } from './plateau.ts';

/** How long a trial trains, in steps of the optimizer: batches, or groups of them where gradients are accumulated. */
export interface TrainingLength {
  readonly epochs: number;
  readonly stepsPerEpoch: number;
}

/** What a schedule remembers from epoch to epoch; null where its rates follow from the time alone. */
export type ScheduleState = PlateauState | null;

export interface Schedule {
  /** Whether the rate may move within an epoch. */
  readonly perStep: boolean;
  /** The metric that `afterEpoch` has to be given, or null. */
  readonly metric: string | null;
  readonly start: ScheduleState;
  /** The rate of a step of the optimizer; epochs and the steps within one count from 0. */
  rateAt(state: ScheduleState, epoch: number, step: number): number;
  /** The state after an epoch in which the metric had this value. */
  afterEpoch(state: ScheduleState, value: number, higherIsBetter: boolean): ScheduleState;
}

/** Null for a rate that stays `lr`; one_cycle has rates of its own and leaves `lr` aside. */
export function createSchedule(
  config: ScheduleConfig | null,
  warmup: WarmupConfig | null,
  lr: number,
  length: TrainingLength,
): Schedule {
  const plateau = config?.type === 'reduce_on_plateau' ? config : null;
  return {
    perStep: config?.type === 'one_cycle' || warmup?.unit === 'steps',
    metric: plateau?.metric ?? null,
    start: plateau === null ? null : { rate: lr, best: null, badEpochs: 0, cooldownLeft: 0 },
    rateAt: (state, epoch, step) => {
      const steps = epoch * length.stepsPerEpoch + step;
      const rate = config === null ? lr : rateOf(config, lr, state, epoch, steps, length);
      return rate * warmupFactor(warmup, epoch, steps);
    },
    afterEpoch: (state, value, higherIsBetter) =>
      plateau === null ? state : afterPlateauEpoch(plateau, stateOf(state, plateau), value, higherIsBetter),
  };
}

/** The rate of every batch of an epoch; those whose gradients are averaged share that of their step. */
export function ratesOfEpoch(
  schedule: Schedule,
  state: ScheduleState,
  epoch: number,
  batches: number,
  accumulateBatches = 1,
): Float32Array {
  return Float32Array.from({ length: batches }, (_, batch) =>
    schedule.rateAt(state, epoch, Math.floor(batch / accumulateBatches)),
  );
}

function rateOf(
  config: ScheduleConfig,
  lr: number,
  state: ScheduleState,
  epoch: number,
  steps: number,
  { epochs, stepsPerEpoch }: TrainingLength,
): number {
  switch (config.type) {
    case 'step':
      return lr * config.gamma ** Math.floor(epoch / config.stepSize);
    case 'exponential':
      return lr * config.gamma ** epoch;
    case 'cosine':
      return config.etaMin + ((lr - config.etaMin) * (1 + Math.cos((Math.PI * epoch) / config.tMax))) / 2;
    case 'one_cycle':
      return oneCycle(config, steps, epochs * stepsPerEpoch);
    case 'reduce_on_plateau':
      return stateOf(state, config).rate;
    default:
      return config satisfies never;
  }
}

function stateOf(state: ScheduleState, { metric }: PlateauConfig): PlateauState {
  if (state === null) throw new Error(`a schedule that watches ${metric} has to keep its state`);
  return state;
}

function warmupFactor(warmup: WarmupConfig | null, epoch: number, steps: number): number {
  if (warmup === null) return 1;
  const { unit, length, startFactor } = warmup;
  const done = unit === 'epochs' ? epoch : steps;
  return done >= length ? 1 : startFactor + ((1 - startFactor) * done) / length;
}
