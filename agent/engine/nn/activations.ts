/** Activations, as layers of their own and inside dense and conv2d. */
import type { Activation, LayerConfig } from '../../../shared/sweep/train.ts';
import type { GraphBuilder, OpName } from '../ir/op.ts';
import { type Features, type LayerDef, NOTHING_LEARNED } from './layer.ts';

const OP = { relu: 'Relu', sigmoid: 'Sigmoid', tanh: 'Tanh' } as const satisfies Partial<Record<Activation, OpName>>;

export function activate(b: GraphBuilder, activation: Activation, input: Features): Features {
  return { ...input, value: b.op(OP[activation as keyof typeof OP], [input.value]) };
}

/** The layer `- relu`, and so on: element by element, nothing to learn. */
export function activationLayer<A extends LayerConfig['type'] & Activation>(
  activation: A,
): LayerDef<Extract<LayerConfig, { readonly type: A }>> {
  return { ...NOTHING_LEARNED, settles: null, build: ({ b }, _, input) => activate(b, activation, input) };
}
