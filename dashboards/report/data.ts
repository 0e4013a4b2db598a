/** What a report is made from: plain data, joined by whoever asks for the report. */
import type { DataOutline, MetricValues, ParameterValues, Provenance } from '../../shared/protocol/index.ts';
import type { Ranking, Standing } from '../../shared/stats/standing.ts';
import type { SweepSpec } from '../../shared/sweep/spec.ts';
import type { TrialRow } from '../../shared/view/types.ts';

export interface ReportData {
  readonly sweep: string;
  /** SHA-256 (hex) of the sweep's canonical form. */
  readonly hash: string;
  readonly spec: SweepSpec;
  /** The sweep file as the person wrote it. */
  readonly source: string;
  /** Parameters that differ between configurations. */
  readonly varied: readonly string[];
  readonly ranking: Ranking;
  readonly planned: number;
  /** Trials that have ended, in trial order. */
  readonly trials: readonly TrialRow[];
  readonly elapsedSeconds: number;
  /** Wall-clock milliseconds. */
  readonly writtenAt: number;
  /** Of the best configurations, best first. */
  readonly courses: readonly Course[];
  readonly best: BestTrial | null;
  readonly data: DescribedData | null;
  /** What to know before results are believed. */
  readonly notes: readonly string[];
  /** Each origin of results once. */
  readonly origins: readonly Provenance[];
  readonly version: string;
}

/** What the best configuration trained on, as its sweep file says; null where nothing was trained. */
export interface DescribedData {
  readonly name: string;
  /** `file pima.csv`, `https://...`, `drawn or known by Sower` */
  readonly source: string;
  /** SHA-256 (hex) of the file, where it is one. */
  readonly fileHash: string | null;
  /** The column of a table that is predicted, where the sweep file names it. */
  readonly target: string | null;
  /** In the order in which they apply, a line each. */
  readonly steps: readonly string[];
  /** What the best trial saw; null where its files are elsewhere. */
  readonly outline: DataOutline | null;
}

/** How one configuration learned, seed by seed. */
export interface Course {
  readonly configuration: string;
  readonly params: ParameterValues;
  readonly seeds: readonly {
    readonly seed: number;
    /** Epochs from 1, rising. */
    readonly epochs: readonly { readonly epoch: number; readonly metrics: MetricValues }[];
  }[];
}

/** The best seed of the best configuration. */
export interface BestTrial {
  readonly trial: string;
  readonly standing: Standing;
  readonly seed: number;
  readonly evaluation: (ReportedEvaluation & { readonly data?: DataOutline }) | null;
}

/** Little-endian values as base64, row-major, as a trial's evaluation file has them. */
export interface StoredTensor {
  readonly type: 'uint8' | 'float32';
  readonly shape: readonly number[];
  readonly base64: string;
}

export interface ReportedFilters {
  readonly parameter: string;
  readonly total: number;
  /** `[filters, channels, height, width]` */
  readonly values: StoredTensor;
}

export interface ReportedExample {
  readonly row: number;
  readonly truth: string;
  readonly predicted: string;
  readonly probability: number;
  readonly true_class_probability: number;
  readonly input: StoredTensor;
}

/** What the report reads of a trial's `evaluation.json` about classes. */
export interface ClassesReport {
  readonly part: 'val' | 'test';
  readonly rows: number;
  readonly filters: ReportedFilters | null;
  readonly classes: readonly string[];
  readonly accuracy: number;
  /** `confusion[truth][predicted]`, in rows. */
  readonly confusion: readonly (readonly number[])[];
  readonly per_class: readonly {
    readonly class: string;
    readonly precision: number;
    readonly recall: number;
    readonly f1: number;
    readonly support: number;
    readonly roc_auc: number | null;
  }[];
  readonly macro: { readonly precision: number; readonly recall: number; readonly f1: number };
  readonly roc_auc: number | null;
  readonly roc_auc_note: string | null;
  readonly roc: readonly {
    readonly class: string;
    readonly false_positive_rates: readonly number[];
    readonly true_positive_rates: readonly number[];
  }[];
  readonly most_confident_right: readonly ReportedExample[];
  readonly worst_wrong: readonly ReportedExample[];
}

/** The same where numbers are predicted. */
export interface NumbersReport {
  readonly part: 'val' | 'test';
  readonly rows: number;
  readonly filters: ReportedFilters | null;
  readonly mse: number;
  readonly mae: number;
  readonly r2: number | null;
}

export type ReportedEvaluation = ClassesReport | NumbersReport;

export const PART_NAMES = { train: 'training', val: 'validation', test: 'test' } as const;
