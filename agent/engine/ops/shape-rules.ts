/** Shape rules that several ops share. */
import { ShapeError } from '../ir/op.ts';
import { type Dim, type DType, formatType, type Shape, type TensorType } from '../ir/types.ts';

export function expectInputs(inputs: readonly TensorType[], least: number, most = least): void {
  if (inputs.length < least || inputs.length > most) {
    throw new ShapeError(`takes ${least === most ? least : `${least} to ${most}`} inputs, got ${inputs.length}`);
  }
}

/** The input at `index`, of one of the given element types. */
export function inputOf(inputs: readonly TensorType[], index: number, dtypes?: readonly DType[]): TensorType {
  const input = inputs[index];
  if (input === undefined) throw new ShapeError(`input ${index} is missing`);
  if (dtypes !== undefined && !dtypes.includes(input.dtype)) {
    throw new ShapeError(`input ${index} is ${formatType(input)}, expected ${dtypes.join(' or ')}`);
  }
  return input;
}

export const FLOATS: readonly DType[] = ['float32', 'float64'];
export const INDICES: readonly DType[] = ['int32', 'int64'];

function broadcastDim(a: Dim, b: Dim): Dim | null {
  if (a === b || b === 1) return a;
  return a === 1 ? b : null;
}

/** Aligned at the last axis, as in NumPy; a size of 1 stretches. */
export function broadcastShapes(a: Shape, b: Shape): Shape {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, axis) => {
    const dim = broadcastDim(a[axis - rank + a.length] ?? 1, b[axis - rank + b.length] ?? 1);
    if (dim === null) throw new ShapeError(`[${a.join(',')}] and [${b.join(',')}] do not broadcast`);
    return dim;
  });
}

/** One float input, the same type out. */
export function inferUnaryFloat(inputs: readonly TensorType[]): readonly TensorType[] {
  expectInputs(inputs, 1);
  return [inputOf(inputs, 0, FLOATS)];
}

function broadcastPair(inputs: readonly TensorType[], dtypes?: readonly DType[]): { dtype: DType; shape: Shape } {
  expectInputs(inputs, 2);
  const a = inputOf(inputs, 0, dtypes);
  const b = inputOf(inputs, 1, [a.dtype]);
  return { dtype: a.dtype, shape: broadcastShapes(a.shape, b.shape) };
}

/** Two inputs of one element type, broadcast. */
export function inferBinary(dtypes?: readonly DType[]): (inputs: readonly TensorType[]) => readonly TensorType[] {
  return (inputs) => [broadcastPair(inputs, dtypes)];
}

export function inferComparison(inputs: readonly TensorType[]): readonly TensorType[] {
  return [{ dtype: 'bool', shape: broadcastPair(inputs).shape }];
}

export function checkAxes(shape: Shape, axes: readonly number[]): void {
  const legal = axes.every((axis) => Number.isInteger(axis) && axis >= 0 && axis < shape.length);
  if (!legal || new Set(axes).size !== axes.length) {
    throw new ShapeError(`axes [${axes.join(',')}] do not name axes of [${shape.join(',')}]`);
  }
}
