/** Element types and shapes of the graph's tensors. */

export type DType = 'float32' | 'float64' | 'uint8' | 'int32' | 'int64' | 'uint32' | 'bool';

/**
 * A number is fixed when the graph is built. A name stands for a size known only when the graph runs (rows of a data
 * set, steps of a chunk); two dimensions are equal where their numbers or names are.
 */
export type Dim = number | string;
export type Shape = readonly Dim[];

export interface TensorType {
  readonly dtype: DType;
  readonly shape: Shape;
}

/** One tensor of a graph, bound exactly once: as an input, a constant, or an output of a node. */
export interface Value extends TensorType {
  /** Unique in the graph and all its bodies. */
  readonly name: string;
}

/** Contents of a constant; booleans are bytes 0 and 1. */
export type TensorData = Float32Array | Float64Array | Uint8Array | Int32Array | BigInt64Array | Uint32Array;

export function tensorType(dtype: DType, shape: Shape): TensorType {
  return { dtype, shape };
}

export function isFloat(dtype: DType): boolean {
  return dtype === 'float32' || dtype === 'float64';
}

export function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((dim, axis) => dim === b[axis]);
}

export function sameType(a: TensorType, b: TensorType): boolean {
  return a.dtype === b.dtype && sameShape(a.shape, b.shape);
}

/** The product of the dimensions; throws where one has only a name. */
export function elementCount(shape: Shape): number {
  return shape.reduce<number>((product, dim) => product * fixedDim(dim), 1);
}

export function fixedDim(dim: Dim | undefined): number {
  if (typeof dim !== 'number') throw new TypeError(`the dimension ${JSON.stringify(dim)} is not fixed`);
  return dim;
}

const SHORT: Readonly<Record<DType, string>> = {
  float32: 'f32',
  float64: 'f64',
  uint8: 'u8',
  int32: 'i32',
  int64: 'i64',
  uint32: 'u32',
  bool: 'bool',
};

/** `f32[100,32]` */
export function formatType(type: TensorType): string {
  return `${SHORT[type.dtype]}[${type.shape.join(',')}]`;
}

/** Numbers as the typed array that holds `dtype`. */
export function tensorData(dtype: DType, values: readonly number[]): TensorData {
  switch (dtype) {
    case 'float32':
      return Float32Array.from(values);
    case 'float64':
      return Float64Array.from(values);
    case 'int32':
      return Int32Array.from(values);
    case 'uint32':
      return Uint32Array.from(values);
    case 'int64':
      return BigInt64Array.from(values, (value) => BigInt(value));
    case 'uint8':
    case 'bool':
      return Uint8Array.from(values);
    default:
      return dtype satisfies never;
  }
}
