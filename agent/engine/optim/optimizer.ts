/** What a kind of optimizer defines. It emits graph: the step that turns parameters and slots into the next ones. */
import type { GraphBuilder } from '../ir/op.ts';
import type { Value } from '../ir/types.ts';
import type { Transform, UpdateContext } from './transform.ts';

export interface OptimizerDef<C> {
  /** Values of the scalars that are inputs of the training graph. A number that is zero may cost its nodes nothing. */
  readonly hyper: (config: C) => Readonly<Record<string, number>>;
  /** Tells apart the configurations whose graphs differ. */
  readonly variant: (config: C) => string;
  /**
   * What the reverse walk starts from in place of 1. An optimizer that is linear in the gradient hands in -lr here, and
   * every gradient arrives as an update, without a pass over the weights.
   */
  readonly seed: (b: GraphBuilder, hyper: UpdateContext['hyper']) => Value;
  readonly chain: (config: C) => readonly Transform[];
}
