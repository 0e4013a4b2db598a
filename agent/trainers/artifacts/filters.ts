import type { ParameterTensor } from '../../engine/port.ts';
import { type EncodedTensor, encodeTensor } from './encoded-tensor.ts';

const MOST_FILTERS = 64;

/** The weights that look at the input itself, one image (or kernel) per unit or channel. */
export interface Filters {
  /** `0.weight` */
  readonly parameter: string;
  /** How many the layer has; at most 64 of them are here. */
  readonly total: number;
  /** `[filters, channels, height, width]` */
  readonly values: EncodedTensor;
}

/**
 * Of the first layer with weights: the kernels of a convolution, or the rows of a dense layer in the shape of the image
 * they look at. Null where the first such layer is neither, or where the input is no image.
 */
export function firstFilters(parameters: readonly ParameterTensor[], inputShape: readonly number[]): Filters | null {
  const first = parameters.find(({ name, shape }) => name.endsWith('.weight') && shape.length > 1);
  const image = first === undefined ? null : imageOf(first.shape, inputShape);
  if (first === undefined || image === null) return null;
  const total = first.shape[0]!;
  const count = Math.min(total, MOST_FILTERS);
  const length = first.values.length / total;
  const values = encodeTensor(first.values.subarray(0, count * length), [count, ...image]);
  return { parameter: first.name, total, values };
}

function imageOf(shape: readonly number[], inputShape: readonly number[]): readonly number[] | null {
  if (shape.length === 4) return shape.slice(1);
  const image = inputShape.length === 2 ? [1, ...inputShape] : inputShape;
  if (image.length !== 3 || shape.length !== 2) return null;
  return shape[1] === image.reduce((product, length) => product * length, 1) ? image : null;
}
