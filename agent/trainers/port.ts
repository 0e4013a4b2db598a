/** A trainer turns one trial into a result. Expected failures are thrown as `SowerError`. */
import type { MetricValues, TrialResult } from '../../shared/protocol/index.ts';
import type { SweepSpec, Trial } from '../../shared/sweep/spec.ts';

export interface TrainJob {
  readonly sweep: string;
  readonly spec: SweepSpec;
  readonly trial: Trial;
  readonly folder: string;
}

export interface EpochReport {
  readonly epoch: number;
  readonly epochs: number;
  readonly metrics: MetricValues;
  readonly samplesPerSecond: number;
}

/** Thrown (by identity of class) where the signal ended a trial at a chunk border. */
export class TrialStopped extends Error {
  override readonly name = 'TrialStopped';
}

export interface Trainer {
  train(job: TrainJob, report: (report: EpochReport) => void, signal: AbortSignal): Promise<TrialResult>;
  close(): Promise<void>;
}
