/** A validated sweep: plain data, no file positions, the same from the same file. */
import type { ParameterValue, ParameterValues } from '../protocol/index.ts';

export type Goal = 'minimize' | 'maximize';

export interface Objective {
  readonly name: string;
  readonly goal: Goal;
}

/** How one parameter takes its values. Bounds of `log_uniform_values` are the values themselves (W&B's word). */
export type Distribution =
  | { readonly type: 'constant'; readonly value: ParameterValue }
  | {
      readonly type: 'categorical';
      readonly values: readonly ParameterValue[];
      readonly probabilities?: readonly number[];
    }
  | { readonly type: 'int_uniform'; readonly min: number; readonly max: number }
  | { readonly type: 'uniform'; readonly min: number; readonly max: number }
  | { readonly type: 'q_uniform'; readonly min: number; readonly max: number; readonly q: number }
  | { readonly type: 'log_uniform_values'; readonly min: number; readonly max: number }
  | { readonly type: 'q_log_uniform_values'; readonly min: number; readonly max: number; readonly q: number };

/** A parameter by its dotted path (`optimizer.lr` for a nested one), in file order. */
export interface Parameter {
  readonly path: string;
  readonly distribution: Distribution;
}

export interface SweepSpec {
  readonly name: string;
  readonly description: string;
  readonly method: 'grid' | 'random';
  readonly objective: Objective;
  readonly parameters: readonly Parameter[];
  /** One trial per configuration and seed. */
  readonly seeds: readonly number[];
  /** Number of configurations: the grid's size, or `run_cap` for random search. */
  readonly configurations: number;
  /** Seed of random search itself. */
  readonly searchSeed: number;
  readonly pool: string;
  /** The `train:` section as written, with `${parameter}` references. */
  readonly train: ParameterValue;
}

export interface Trial {
  readonly index: number;
  /** `t000123` */
  readonly id: string;
  /** `c0007` */
  readonly configuration: string;
  readonly configurationIndex: number;
  readonly seed: number;
  /** By dotted path. */
  readonly params: ParameterValues;
}

/** A sweep that passed validation, with its identity. */
export interface ValidSweep {
  readonly spec: SweepSpec;
  /** SHA-256 (hex) of the canonical JSON of `spec` without name and description. */
  readonly hash: string;
  /** `<name>-<hash8>` */
  readonly id: string;
  readonly plannedTrials: number;
}

/** The part of a sweep that a trial's training depends on; small, however large the space and the list of seeds. */
export type TrainSpec = Pick<SweepSpec, 'name' | 'objective' | 'train'>;
