/** Floating point work of a training step, counted as direct convolution: what clever forms save counts as done. */
import { outputShape } from '../../shared/model/output-shape.ts';
import type { LayerConfig } from '../../shared/sweep/train.ts';
import type { BenchNet } from './nets.ts';

const product = (dims: readonly number[]): number => dims.reduce((total, dim) => total * dim, 1);

/** Multiplications and additions of a layer's product for one example. */
function forwardFlops(layer: LayerConfig, input: readonly number[], output: readonly number[]): number {
  switch (layer.type) {
    case 'dense':
      return 2 * product(input) * layer.units;
    case 'conv2d': {
      const channels = input.length === 3 ? input[0]! : 1;
      return 2 * product(output) * (channels / layer.groups) * product(layer.kernelSize);
    }
    default:
      return 0;
  }
}

/**
 * Products of one step: forward, gradient of the weights and, but for the first layer, of the inputs; all three cost the
 * same. Activations, pools and the optimizer are left out.
 */
export function stepFlops({ structure: { inputShape, layers, batchSize } }: BenchNet): number {
  let shape = inputShape;
  let flops = 0;
  layers.forEach((layer, place) => {
    const output = outputShape(layer, shape, String(place));
    flops += (place === 0 ? 2 : 3) * forwardFlops(layer, shape, output);
    shape = output;
  });
  return flops * batchSize;
}
