/** Into what pieces work is cut: steps in a trip of the training loop, rows in a block of an evaluation. */
import { elementsOf } from '../../../shared/model/example-shape.ts';
import { imageShape } from '../nn/conv2d.ts';
import type { PlacedLayer } from '../nn/layer.ts';
import { planModel } from '../nn/model.ts';
import type { Structure } from '../port.ts';
import { stepFlops } from './step-flops.ts';

/** More gain nothing measurable and cost time to compile. */
const MOST_STEPS = 8;

/** Work of a trip, some milliseconds, beside which the loop's own time vanishes; every further step is graph to compile. */
const TRIP_FLOPS = 4e8;

/** Optimizer steps in one trip; with gradients accumulated as many as make about as many batches. */
export function stepsPerTrip(structure: Structure): number {
  const batches = Math.min(MOST_STEPS, Math.max(1, Math.floor(TRIP_FLOPS / stepFlops(structure))));
  return Math.max(1, Math.floor(batches / (structure.accumulateBatches ?? 1)));
}

/** Enough for full matrix speed. */
const MOST_BLOCK_ROWS = 400;
const LEAST_BLOCK_ROWS = 32;

/** The largest tensor of a block: small enough for the second cache with the next one beside it. */
const BLOCK_BYTES = 2 ** 21;

/** And that of the least rows: small enough for any machine. */
const MOST_BLOCK_BYTES = 2 ** 28;

/** Rows evaluated at a time: few where a row's activations are large. */
export function evalBlockRows(structure: Structure): number {
  const largest = Math.max(...largestElements(planModel(structure).layers)) * Float32Array.BYTES_PER_ELEMENT;
  const cached = Math.floor(BLOCK_BYTES / largest / LEAST_BLOCK_ROWS) * LEAST_BLOCK_ROWS;
  const possible = Math.max(1, Math.floor(MOST_BLOCK_BYTES / largest));
  return Math.min(possible, Math.max(LEAST_BLOCK_ROWS, Math.min(MOST_BLOCK_ROWS, cached)));
}

/** Of one example: of a layer's output, and of the columns that a convolution makes of its input. */
function largestElements(layers: readonly PlacedLayer[]): readonly number[] {
  return layers.flatMap((layer) => {
    const { config, inputShape, outputShape, branches } = layer;
    const columns =
      config.type === 'conv2d'
        ? imageShape(inputShape)[0] * config.kernelSize[0] * config.kernelSize[1] * outputShape[1]! * outputShape[2]!
        : 0;
    return [elementsOf(inputShape), elementsOf(outputShape), columns, ...branches.flatMap(largestElements)];
  });
}
