/** What a ranking says about one configuration; plain data for screens, reports and JSON. */
import type { ParameterValues } from '../protocol/index.ts';
import type { Objective } from '../sweep/spec.ts';

/**
 * `complete`: every seed ended with a value. `incomplete`: some seeds have not ended yet, were pruned or cancelled, or
 * ended without the objective. `failed`, `diverged`: at least one seed did. Only complete configurations rank.
 */
export type StandingState = 'complete' | 'incomplete' | 'failed' | 'diverged';

/** Against the best configuration, paired over common seeds at 5 %; `untested` with fewer than two common seeds. */
export type Comparison = 'best' | 'tied' | 'worse' | 'untested';

export interface SeedValue {
  readonly seed: number;
  readonly value: number;
}

export interface Standing {
  /** `c0007` */
  readonly configuration: string;
  readonly params: ParameterValues;
  readonly state: StandingState;
  /** From 1; null where the configuration does not rank. */
  readonly rank: number | null;
  /** Null where the configuration does not rank. */
  readonly comparison: Comparison | null;
  /** Seeds planned. */
  readonly planned: number;
  /** Seeds that ended with a value of the objective; mean and the rest are over these. */
  readonly n: number;
  readonly mean: number | null;
  /** Standard deviation with n - 1; null below two values. */
  readonly sd: number | null;
  /** 95 % t interval of the mean; null below two values. */
  readonly ci95: readonly [number, number] | null;
  readonly median: number | null;
  readonly bestSeed: SeedValue | null;
  readonly worstSeed: SeedValue | null;
  readonly diverged: number;
  readonly failed: number;
  /** Seeds with a value, in the order of the sweep file. */
  readonly values: readonly SeedValue[];
}

export interface Ranking {
  readonly objective: Objective;
  /** True where the objective is a metric of the test data: then the ranking has to say so beside its title. */
  readonly onTestData: boolean;
  /** Complete configurations, best first. */
  readonly ranked: readonly Standing[];
  /** The others that have at least one ended seed, in configuration order. */
  readonly unranked: readonly Standing[];
}
