/** `torch.nn.Flatten`: all features of an example in one row, in C order. */
import type { GraphBuilder } from '../ir/op.ts';
import type { Features, LayerDef } from './layer.ts';

/** Free for rows, which are flat already; features first it is a reshape that moves nothing. */
export function flattened(b: GraphBuilder, input: Features): Features {
  if (input.shape.length === 1) return input;
  const features = input.shape.reduce((count, dim) => count * dim, 1);
  if (input.layout === 'rows') return { ...input, shape: [features] };
  const batch = input.value.shape[input.value.shape.length - 1]!;
  return { ...input, value: b.op('Reshape', [input.value], { shape: [features, batch] }), shape: [features] };
}

export const flatten: LayerDef<{ readonly type: 'flatten' }> = {
  settles: null,
  outputShape: (_, inputShape) => [inputShape.reduce((count, dim) => count * dim, 1)],
  parameters: () => [],
  hyper: () => ({}),
  keys: () => [],
  build: ({ b }, _, input) => flattened(b, input),
};
