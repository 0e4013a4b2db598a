/** Values too many for JSON numbers: little-endian, row-major, as base64. */
export interface EncodedTensor {
  readonly type: 'uint8' | 'float32';
  readonly shape: readonly number[];
  readonly base64: string;
}

export function encodeTensor(values: Uint8Array | Float32Array, shape: readonly number[]): EncodedTensor {
  const type = values instanceof Uint8Array ? 'uint8' : 'float32';
  return { type, shape, base64: Buffer.from(values.buffer, values.byteOffset, values.byteLength).toString('base64') };
}

/** Five significant digits: what charts show, at a third of the bytes. */
export function shortNumber(value: number): number {
  return Number(value.toPrecision(5));
}
