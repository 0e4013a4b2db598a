/**
 * Optimizers as chains of transforms, after optax: each turns the update it is given into another, keeping what it must
 * in slots beside the parameter. The chain's end is added to the parameter.
 */
import type { GraphBuilder } from '../ir/op.ts';
import type { Value } from '../ir/types.ts';

export interface UpdateContext {
  readonly b: GraphBuilder;
  readonly hyper: (name: string) => Value;
  readonly parameter: Value;
}

export interface Transform {
  /** Tensors of the parameter's shape that it carries from step to step, zero at first. */
  readonly slots: readonly string[];
  readonly apply: (
    context: UpdateContext,
    update: Value,
    slots: readonly Value[],
  ) => { readonly update: Value; readonly slots: readonly Value[] };
}

/** Applies the transforms in turn; slots are those of all of them, in order. */
export function applyChain(
  chain: readonly Transform[],
  context: UpdateContext,
  gradient: Value,
  slots: readonly Value[],
): { readonly update: Value; readonly slots: readonly Value[] } {
  let update = gradient;
  const next: Value[] = [];
  for (const transform of chain) {
    const own = slots.slice(next.length, next.length + transform.slots.length);
    const result = transform.apply(context, update, own);
    update = result.update;
    next.push(...result.slots);
  }
  return { update, slots: next };
}
