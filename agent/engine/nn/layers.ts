/** Every kind of layer, by the word the sweep file uses. A missing one does not compile. */
import type { LayerConfig } from '../../../shared/sweep/train.ts';
import { activationLayer } from './activations.ts';
import { batchNorm } from './batch-norm.ts';
import { addBranches, concatBranches } from './branches.ts';
import { conv2d } from './conv2d.ts';
import { dense } from './dense.ts';
import { dropout } from './dropout.ts';
import { embedding } from './embedding.ts';
import { flatten } from './flatten.ts';
import type { LayerDef } from './layer.ts';
import { layerNorm } from './layer-norm.ts';
import { avgPool2d, globalPool, maxPool2d } from './pooling.ts';

type LayerType = LayerConfig['type'];

/** The configuration that may have the type T, which others may share with it. */
type ConfigOf<T extends LayerType, C = LayerConfig> = C extends { readonly type: infer U }
  ? T extends U
    ? C
    : never
  : never;

export const layers: { readonly [T in LayerType]: LayerDef<ConfigOf<T>> } = {
  dense,
  conv2d,
  max_pool2d: maxPool2d,
  avg_pool2d: avgPool2d,
  global_avg_pool: globalPool('global_avg_pool'),
  global_max_pool: globalPool('global_max_pool'),
  batch_norm: batchNorm,
  layer_norm: layerNorm,
  embedding,
  add: addBranches,
  concat: concatBranches,
  dropout,
  flatten,
  relu: activationLayer,
  leaky_relu: activationLayer,
  elu: activationLayer,
  gelu: activationLayer,
  silu: activationLayer,
  sigmoid: activationLayer,
  tanh: activationLayer,
  softplus: activationLayer,
  softmax: activationLayer,
  log_softmax: activationLayer,
};

/** The definition that goes with a configuration; the table's type guarantees that the two fit. */
export function layerDef<C extends LayerConfig>(config: C): LayerDef<C> {
  return layers[config.type] as unknown as LayerDef<C>;
}
