/** What a kind of optimizer defines. It emits graph: the step that turns parameters and slots into the next ones. */
import type { Value } from '../ir/types.ts';
import type { Transform, UpdateContext } from './transform.ts';

/** Whether the learning rate stays as it is through a chunk, or is given for each step. */
export type Rates = 'fixed' | 'per_step';

/** When an optimizer steps. */
export interface StepMoment {
  readonly lr: number;
  /** Steps of the optimizer with this one: 1 for the first. */
  readonly count: number;
  /** What the optimizer means by a slot behind this step is the slot that is kept times this: see `slotDecay`. */
  readonly scale: number;
}

type Scalars = Readonly<Record<string, number>>;

export interface OptimizerDef<C> {
  /**
   * Values of the scalars that are inputs of the training graph and stay as they are through a chunk. A number that is zero
   * may cost its nodes nothing.
   */
  readonly hyper: (config: C, rates: Rates) => Scalars;
  /**
   * Values of the scalars that differ from step to step; `config.lr` is not looked at. They are worked out in float64 and
   * rounded once: 1 - 0.999^t in float32 would be off by 6e-5 at the first step.
   */
  readonly moving: (config: C, rates: Rates, moment: StepMoment) => Scalars;
  /** Tells apart the configurations whose graphs differ. */
  readonly variant: (config: C) => string;
  /**
   * What the reverse walk starts from in place of 1; null for 1. An optimizer that is linear in the gradient hands in a
   * factor here, and every gradient arrives with it, without a pass over the weights.
   */
  readonly seed: (scalar: UpdateContext['scalar'], config: C) => Value | null;
  readonly chain: (config: C) => readonly Transform[];
  /** Name of the scalar that every parameter is multiplied by before its update is added, or null. */
  readonly shrink: (config: C) => string | null;
  /**
   * What the scale of the slots is multiplied by in each step; 1 where they are kept as they are. It may become as small as
   * eight such steps make it before the slots are brought back to a scale of about 1.
   */
  readonly slotDecay: (config: C) => number;
  /** Whether a weight whose gradient has always been zero stays as it is, and its slots too. */
  readonly restsAtZero: (config: C) => boolean;
}
