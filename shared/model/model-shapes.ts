import type { LayerConfig } from '../sweep/train.ts';
import type { ExampleShape } from './example-shape.ts';
import type { NamedLayer } from './layer-tree.ts';
import { outputShape } from './output-shape.ts';

/** A layer between the shapes of one example before and after it. */
export interface ShapedLayer extends NamedLayer {
  readonly inputShape: ExampleShape;
  readonly outputShape: ExampleShape;
}

/** Every layer with its shapes, in the order of `walkLayers`. Throws ModelError E_MODEL_* at the first impossible one. */
export function modelShapes(
  layers: readonly LayerConfig[],
  inputShape: ExampleShape,
  prefix = '',
): readonly ShapedLayer[] {
  let shape = inputShape;
  return layers.flatMap((config, index) => {
    const name = `${prefix}${index}`;
    const before = shape;
    const inner =
      'branches' in config
        ? config.branches.flatMap((branch, at) => modelShapes(branch, before, `${name}.${at}.`))
        : [];
    shape = outputShape(config, before, name);
    return [{ config, name, inputShape: before, outputShape: shape }, ...inner];
  });
}
