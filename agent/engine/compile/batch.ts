/** From stored rows to what the first layer takes. */
import type { GraphBuilder } from '../ir/op.ts';
import { type TensorType, tensorType, type Value } from '../ir/types.ts';
import type { Features } from '../nn/layer.ts';
import { type AffinePreprocessing, preprocessedShape, type Structure } from '../port.ts';
import { encodeColumns } from './table-encoding.ts';

export const TRAINING_OPSET = 18;

export const featureCount = (shape: readonly number[]): number => shape.reduce((count, dim) => count * dim, 1);

/** The data set as a graph input: rows are flat, however many there are. */
export function dataType({ inputType, inputShape }: Structure): TensorType {
  return tensorType(inputType, ['rows', featureCount(inputShape)]);
}

/** A class for each row, or as many numbers as the model has outputs. */
export function labelsType({ classes }: Structure, outputs: number): TensorType {
  return classes === null ? tensorType('float32', ['rows', outputs]) : tensorType('int32', ['rows']);
}

/** Raw rows, flat or in their shape, to what the first layer takes, in float32. */
export function preprocess(b: GraphBuilder, raw: Value, { inputShape, preprocessing }: Structure): Value {
  const x = raw.dtype === 'float32' ? raw : b.op('Cast', [raw], { to: 'float32' });
  return 'columns' in preprocessing ? encodeColumns(b, x, preprocessing) : scaled(b, x, inputShape, preprocessing);
}

/** (x - shift) * scale */
function scaled(
  b: GraphBuilder,
  x: Value,
  inputShape: readonly number[],
  { shift, scale }: AffinePreprocessing,
): Value {
  const flat = x.shape.length === 2 && inputShape.length !== 1;
  const operand = (values: number | readonly number[]): Value =>
    typeof values === 'number' ? b.scalar('float32', values) : perFeature(b, values, inputShape, flat);
  const shifted = isAll(shift, 0) ? x : b.op('Sub', [x, operand(shift)]);
  return isAll(scale, 1) ? shifted : b.op('Mul', [shifted, operand(scale)]);
}

const isAll = (values: number | readonly number[], value: number): boolean =>
  typeof values === 'number' ? values === value : values.every((each) => each === value);

/** One number for each feature of a flat row, that of its channel; or for each channel, stretched over its plane. */
function perFeature(b: GraphBuilder, values: readonly number[], inputShape: readonly number[], flat: boolean): Value {
  const [channels] = inputShape;
  if (values.length !== channels) throw new Error(`${values.length} numbers are not one for each of [${inputShape}]`);
  if (!flat) {
    const shape = inputShape.map((dim, axis) => (axis === 0 ? dim : 1));
    return b.constant(tensorType('float32', shape), Float32Array.from(values));
  }
  const features = featureCount(inputShape);
  const plane = features / channels;
  const all = Float32Array.from({ length: features }, (_, i) => values[Math.floor(i / plane)]!);
  return b.constant(tensorType('float32', [features]), all);
}

/** The rows at `indices` (int32), ready for the first layer. */
export function gatherRows(b: GraphBuilder, structure: Structure, data: Value, indices: Value): Features {
  const raw = b.op('Gather', [data, indices], { axis: 0 });
  return {
    value: preprocess(b, raw, structure),
    layout: 'rows',
    shape: preprocessedShape(structure.inputShape, structure.preprocessing),
  };
}
