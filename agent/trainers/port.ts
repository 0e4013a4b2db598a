/** A trainer turns one trial into a result. Expected failures are thrown as `SowerError`. */
import type { MetricValues, TrialResult } from '../../shared/protocol/index.ts';
import type { TrainSpec, Trial } from '../../shared/sweep/spec.ts';
import type { TrainerConfig } from '../../shared/sweep/train.ts';
import type { ProviderWish } from '../engine/index.ts';

export interface TrainJob {
  readonly sweep: string;
  readonly spec: TrainSpec;
  readonly trial: Trial;
  /** Where the trial leaves its artifacts; made if missing. */
  readonly folder: string;
}

export interface EpochReport {
  /** From 1. */
  readonly epoch: number;
  readonly epochs: number;
  readonly metrics: MetricValues;
  readonly samplesPerSecond: number;
}

export type ReportEpoch = (report: EpochReport) => void;

/** Thrown (by identity of class) where the signal ended a trial at a chunk border. */
export class TrialStopped extends Error {
  override readonly name = 'TrialStopped';
}

/** Trains trials whose `train:` section has one form; `config` is that section with the trial's parameters filled in. */
export interface Trainer<Config extends TrainerConfig> {
  train(job: TrainJob, config: Config, report: ReportEpoch, signal: AbortSignal): Promise<TrialResult>;
  close(): Promise<void>;
}

/** What trainers need to know of the process they train in. */
export interface TrainerSettings {
  readonly threads: number;
  readonly dataDir: string | null;
  readonly cacheDir: string;
  /** A part of a data set that is larger stays on disk. Default: all is read into memory. */
  readonly memoryBytes?: number;
  /** What onnxruntime computes with. Default: the CPU. */
  readonly provider?: ProviderWish;
  /** Least time between two saves of a trial in progress. Default 10 s. */
  readonly checkpointMs?: number;
  /** Takes one line for whoever runs the agent. Default: standard error. */
  readonly notify?: (line: string) => void;
}
