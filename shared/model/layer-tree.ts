/** Layers and the branches inside them, each with its place. */
import type { LayerConfig } from '../sweep/train.ts';

export interface NamedLayer {
  readonly config: LayerConfig;
  /** `3`; the second layer of the first branch of that: `3.0.1`. Parameters are named after it. */
  readonly name: string;
}

/** Every layer, those inside branches after the layer that holds them. */
export function walkLayers(layers: readonly LayerConfig[], prefix = ''): readonly NamedLayer[] {
  return layers.flatMap((config, index) => {
    const name = `${prefix}${index}`;
    const inner =
      'branches' in config ? config.branches.flatMap((branch, at) => walkLayers(branch, `${name}.${at}.`)) : [];
    return [{ config, name }, ...inner];
  });
}
