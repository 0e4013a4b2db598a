/**
 * What the agent and the child process of one slot say to each other over the IPC channel. The child trains and never
 * touches the network; the agent keeps the leases and never trains.
 */
import type { AttemptFailure, MetricValues, TrialResult } from '../../shared/protocol/index.ts';
import type { TrainSpec, Trial } from '../../shared/sweep/spec.ts';
import type { ProviderWish } from '../engine/index.ts';

/** Agent -> slot. */
export type SlotOrder =
  | {
      readonly type: 'train';
      readonly attempt: string;
      readonly sweep: string;
      readonly spec: TrainSpec;
      readonly trial: Trial;
      /** Folder for this trial's artifacts and, while it is in progress, its checkpoint; made if missing. */
      readonly folder: string;
    }
  /** End the attempt in progress at the next chunk border; answered by `stopped`. */
  | { readonly type: 'stop'; readonly attempt: string }
  /** Leave when idle. */
  | { readonly type: 'exit' };

/** Slot -> agent. */
export type SlotNews =
  | { readonly type: 'ready'; readonly engine: string; readonly provider: string }
  /** One line for the agent's log. */
  | { readonly type: 'note'; readonly line: string }
  | {
      readonly type: 'report';
      readonly attempt: string;
      readonly epoch: number;
      readonly epochs: number;
      readonly metrics: MetricValues;
      readonly samplesPerSecond: number;
    }
  | { readonly type: 'result'; readonly attempt: string; readonly result: TrialResult }
  | { readonly type: 'failed'; readonly attempt: string; readonly failure: AttemptFailure }
  | { readonly type: 'stopped'; readonly attempt: string };

/** What a slot process needs to know before its first order; passed in its environment as JSON (`SOWER_SLOT`). */
export interface SlotSettings {
  readonly slot: number;
  /** `cpu` or `cuda:0`. */
  readonly device: string;
  readonly threads: number;
  /** Folder with data sets a person gave (`--data-dir`, `SOWER_DATA`), or null. */
  readonly dataDir: string | null;
  /** Folder for downloaded and generated data. */
  readonly cacheDir: string;
  /** What onnxruntime computes with. Default: the CPU. */
  readonly provider?: ProviderWish;
  /** A part of a data set that is larger stays on disk. Default: all is read into memory. */
  readonly memoryBytes?: number;
  /** Least time between two saves of a trial in progress. Default 10 s. */
  readonly checkpointMs?: number;
}
