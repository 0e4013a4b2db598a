/** From stored rows to what the first layer takes. */
import type { GraphBuilder } from '../ir/op.ts';
import { type TensorType, tensorType, type Value } from '../ir/types.ts';
import type { Features } from '../nn/layer.ts';
import type { Structure } from '../port.ts';

export const TRAINING_OPSET = 18;

export const featureCount = (shape: readonly number[]): number => shape.reduce((count, dim) => count * dim, 1);

/** The data set as a graph input: rows are flat, however many there are. */
export function dataType({ inputType, inputShape }: Structure): TensorType {
  return tensorType(inputType, ['rows', featureCount(inputShape)]);
}

/** `[batch, features]` as stored, to (x - shift) * scale in float32. */
export function preprocess(b: GraphBuilder, raw: Value, { inputShape, preprocessing }: Structure): Value {
  const { shift, scale } = preprocessing;
  const x = raw.dtype === 'float32' ? raw : b.op('Cast', [raw], { to: 'float32' });
  const shifted = shift === 0 ? x : b.op('Sub', [x, perFeature(b, shift, inputShape)]);
  return scale === 1 ? shifted : b.op('Mul', [shifted, perFeature(b, scale, inputShape)]);
}

/** A scalar, or one number for each feature of a flat row: that of its channel, or its own. */
function perFeature(b: GraphBuilder, values: number | readonly number[], inputShape: readonly number[]): Value {
  if (typeof values === 'number') return b.scalar('float32', values);
  const features = featureCount(inputShape);
  const each = features / values.length;
  if (!Number.isInteger(each)) throw new Error(`${values.length} numbers do not go into ${features} features`);
  const all = Float32Array.from({ length: features }, (_, i) => values[Math.floor(i / each)]!);
  return b.constant(tensorType('float32', [features]), all);
}

/** The rows at `indices` (int32), ready for the first layer. */
export function gatherRows(b: GraphBuilder, structure: Structure, data: Value, indices: Value): Features {
  const raw = b.op('Gather', [data, indices], { axis: 0 });
  return { value: preprocess(b, raw, structure), layout: 'rows', shape: structure.inputShape };
}
