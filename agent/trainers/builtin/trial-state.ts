import type { MetricValues } from '../../../shared/protocol/index.ts';
import type { ScheduleState } from '../../engine/index.ts';
import { type ChanceWatch, FRESH_WATCH } from './divergence.ts';
import { type BestEpoch, FRESH_PATIENCE, type Patience } from './stopping.ts';

/** The part of an epoch that is done. */
export interface EpochProgress {
  /** Rows of the epoch's order that were trained on. */
  readonly rows: number;
  /** Sum of their losses, each at the weights of its own step. */
  readonly lossSum: number;
  /** Time that training alone took. */
  readonly durationMs: number;
}

export const FRESH_EPOCH: EpochProgress = { rows: 0, lossSum: 0, durationMs: 0 };

/**
 * How far a trial is and what its rules remember: with the engine's own checkpoint all that it takes to go on. Plain
 * JSON, never changed in place.
 */
export interface TrialState {
  /** One entry for each epoch that ended; `epoch_seconds` and `lr` beside the metrics. */
  readonly history: readonly MetricValues[];
  /** Of the epoch after those. */
  readonly epoch: EpochProgress;
  readonly schedule: ScheduleState;
  readonly watch: ChanceWatch;
  readonly patience: Patience;
  /** The epoch whose weights are kept; null where the last one's are, or where no epoch had a value yet. */
  readonly best: BestEpoch | null;
  /** Why no further epoch is trained: null while there is one to come. */
  readonly ending: 'complete' | 'no better' | { readonly fault: string } | null;
  /** Rows trained on in all, and the time that took. */
  readonly rows: number;
  readonly trainingMs: number;
  /** Time from the beginning to the last save, over all attempts. */
  readonly elapsedMs: number;
}

export function freshState(schedule: ScheduleState): TrialState {
  return {
    history: [],
    epoch: FRESH_EPOCH,
    schedule,
    watch: FRESH_WATCH,
    patience: FRESH_PATIENCE,
    best: null,
    ending: null,
    rows: 0,
    trainingMs: 0,
    elapsedMs: 0,
  };
}
