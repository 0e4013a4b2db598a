/** Floating point work of a training step, counted as direct work: what clever forms save counts as done. */
import { elementsOf } from '../../../shared/model/example-shape.ts';
import { parameterCount } from '../../../shared/model/parameter-count.ts';
import type { PlacedLayer } from '../nn/layer.ts';
import { planModel } from '../nn/model.ts';
import type { Structure } from '../port.ts';

/** Multiplications and additions of a layer's products for one example, forward. */
export function forwardFlops({ config, inputShape, outputShape }: PlacedLayer): number {
  switch (config.type) {
    case 'dense':
      return 2 * elementsOf(inputShape) * config.units;
    case 'conv2d': {
      const channels = inputShape.length === 3 ? inputShape[0]! : 1;
      return 2 * elementsOf(outputShape) * (channels / config.groups) * config.kernelSize[0] * config.kernelSize[1];
    }
    default:
      return 0;
  }
}

/**
 * Products of one step on a whole batch: forward, gradient of the weights and, behind the first trained layer, of the
 * inputs; all three cost the same. Activations, pools and the optimizer are left out.
 */
export function stepFlops(structure: Structure): number {
  return flopsOf(planModel(structure).layers, false).flops * structure.batchSize;
}

/** `trained`: whether a layer before has parameters, so that gradients go on to it. */
function flopsOf(layers: readonly PlacedLayer[], trained: boolean): { flops: number; trained: boolean } {
  let flops = 0;
  let before = trained;
  for (const layer of layers) {
    flops += (before ? 3 : 2) * forwardFlops(layer);
    const inside = layer.branches.map((branch) => flopsOf(branch, before));
    flops += inside.reduce((sum, branch) => sum + branch.flops, 0);
    before ||= parameterCount(layer) > 0 || inside.some((branch) => branch.trained);
  }
  return { flops, trained: before };
}
