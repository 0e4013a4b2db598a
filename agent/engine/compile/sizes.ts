/** Into what pieces work is cut, by what a model holds. */
import { elementsOf } from '../../../shared/model/output-shape.ts';
import type { PlacedLayer } from '../nn/layer.ts';
import { planModel } from '../nn/model.ts';
import type { Structure } from '../port.ts';

/** Batches in one trip of the loop where there are enough; more gain nothing measurable and cost time to compile. */
const BATCHES_PER_TRIP = 8;

/** Weights from which a step is long against what several in a trip save, and each of them costs memory and compile time. */
const MANY_WEIGHTS = 2 ** 22;

/** Rows evaluated at a time: enough for full matrix speed, few enough for their activations to stay in cache. */
const EVAL_BLOCK_ROWS = 400;

/** Numbers that the largest layer may give for a block: 64 MiB of them. */
const EVAL_BLOCK_ELEMENTS = 2 ** 24;

/** Steps of the optimizer in one trip of the training loop. */
export function stepsPerTrip(structure: Structure): number {
  const weights = planModel(structure).parameters.reduce((sum, { shape }) => sum + elementsOf(shape), 0);
  if (weights >= MANY_WEIGHTS) return 1;
  return Math.max(1, Math.floor(BATCHES_PER_TRIP / (structure.accumulateBatches ?? 1)));
}

/** Rows in a block of an evaluation. */
export function evalBlockRows(structure: Structure): number {
  const { layers } = planModel(structure);
  const largest = Math.max(elementsOf(structure.inputShape), ...largestOutputs(layers));
  return Math.max(1, Math.min(EVAL_BLOCK_ROWS, Math.floor(EVAL_BLOCK_ELEMENTS / largest)));
}

function largestOutputs(layers: readonly PlacedLayer[]): readonly number[] {
  return layers.flatMap(({ outputShape, branches }) => [elementsOf(outputShape), ...branches.flatMap(largestOutputs)]);
}
