/** Activations, as layers of their own and inside dense. */
import type { Activation } from '../../../shared/sweep/train.ts';
import type { GraphBuilder, OpName } from '../ir/op.ts';
import type { Features, LayerDef } from './layer.ts';

const OP = { relu: 'Relu', sigmoid: 'Sigmoid', tanh: 'Tanh' } as const satisfies Record<Activation, OpName>;

export function activate(b: GraphBuilder, activation: Activation, input: Features): Features {
  return { ...input, value: b.op(OP[activation], [input.value]) };
}

/** The layer `- relu`, and so on: element by element, nothing to learn. */
export function activationLayer<A extends Activation>(activation: A): LayerDef<{ readonly type: A }> {
  return {
    settles: null,
    outputShape: (_, inputShape) => inputShape,
    parameters: () => [],
    hyper: () => ({}),
    keys: () => [],
    build: ({ b }, _, input) => activate(b, activation, input),
  };
}
