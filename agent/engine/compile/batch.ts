/** From stored rows to what the first layer takes. */
import type { GraphBuilder } from '../ir/op.ts';
import { type TensorType, tensorType, type Value } from '../ir/types.ts';
import type { Features } from '../nn/layer.ts';
import type { Preprocessing, Structure } from '../port.ts';

export const TRAINING_OPSET = 18;

export const featureCount = (shape: readonly number[]): number => shape.reduce((count, dim) => count * dim, 1);

/** The data set as a graph input: rows are flat, however many there are. */
export function dataType({ inputType, inputShape }: Structure): TensorType {
  return tensorType(inputType, ['rows', featureCount(inputShape)]);
}

/** `[batch, features]` as stored, to (x - shift) * scale in float32. */
export function preprocess(b: GraphBuilder, raw: Value, { shift, scale }: Preprocessing): Value {
  const x = raw.dtype === 'float32' ? raw : b.op('Cast', [raw], { to: 'float32' });
  const shifted = shift === 0 ? x : b.op('Sub', [x, b.scalar('float32', shift)]);
  return scale === 1 ? shifted : b.op('Mul', [shifted, b.scalar('float32', scale)]);
}

/** The rows at `indices` (int32), ready for the first layer. */
export function gatherRows(b: GraphBuilder, structure: Structure, data: Value, indices: Value): Features {
  const raw = b.op('Gather', [data, indices], { axis: 0 });
  return { value: preprocess(b, raw, structure.preprocessing), layout: 'rows', shape: structure.inputShape };
}
