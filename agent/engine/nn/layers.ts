/** Every kind of layer, by the word the sweep file uses. A missing one does not compile. */
import type { LayerConfig } from '../../../shared/sweep/train.ts';
import { activationLayer } from './activations.ts';
import { dense } from './dense.ts';
import { dropout } from './dropout.ts';
import { flatten } from './flatten.ts';
import type { LayerDef } from './layer.ts';

type ConfigOf<T extends LayerConfig['type']> = Extract<LayerConfig, { readonly type: T }>;

const layers: { readonly [T in LayerConfig['type']]: LayerDef<ConfigOf<T>> } = {
  dense,
  dropout,
  flatten,
  relu: activationLayer('relu'),
  sigmoid: activationLayer('sigmoid'),
  tanh: activationLayer('tanh'),
};

/** The definition that goes with a configuration; the table's type guarantees that the two fit. */
export function layerDef<C extends LayerConfig>(config: C): LayerDef<C> {
  return layers[config.type] as unknown as LayerDef<C>;
}
