/**
 * Optimizers as chains of transforms, after optax: each turns the update it is given into another, keeping what it must
 * in slots beside the parameter. The chain's end is added to the parameter.
 */
import type { GraphBuilder } from '../ir/op.ts';
import type { Value } from '../ir/types.ts';

export interface UpdateContext {
  readonly b: GraphBuilder;
  /** A scalar of the optimizer, by name: one of `hyper` or `moving`. `[1, 1]`, or `[1]` beside a parameter of one axis. */
  readonly scalar: (name: string) => Value;
  readonly parameter: Value;
}

/** A tensor of the parameter's shape that is carried from step to step. */
export interface Slot {
  readonly name: string;
  /** What every element starts from. */
  readonly initial: number;
}

export interface Transform {
  readonly slots: readonly Slot[];
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

/** g + weight_decay * w: the L2 penalty's gradient, as PyTorch adds it. */
export const coupledDecay: Transform = {
  slots: [],
  apply: ({ b, scalar, parameter }, gradient) => {
    const pull = b.op('Mul', [scalar('weight_decay'), parameter]);
    return { update: b.op('Add', [gradient, pull]), slots: [] };
  },
};

/** The same of an update that is the gradient times the scalar `seed`. */
export function coupledDecayOfUpdate(seed: string): Transform {
  return {
    slots: [],
    apply: ({ b, scalar, parameter }, update) => {
      const factor = b.op('Mul', [scalar(seed), scalar('weight_decay')]);
      return { update: b.op('Add', [update, b.op('Mul', [factor, parameter])]), slots: [] };
    },
  };
}

/** The update times the scalar of that name. */
export function scaledBy(name: string): Transform {
  return { slots: [], apply: ({ b, scalar }, update) => ({ update: b.op('Mul', [update, scalar(name)]), slots: [] }) };
}

/** b' = momentum * b + u, handed on: PyTorch's buffer, which does not know the learning rate. */
export function momentumBuffer(nesterov: boolean): Transform {
  return {
    slots: [{ name: 'momentum_buffer', initial: 0 }],
    apply: ({ b, scalar }, update, slots) => {
      const buffer = b.op('Add', [update, b.op('Mul', [slots[0]!, scalar('momentum')])]);
      if (!nesterov) return { update: buffer, slots: [buffer] };
      return { update: b.op('Add', [update, b.op('Mul', [buffer, scalar('momentum')])]), slots: [buffer] };
    },
  };
}
