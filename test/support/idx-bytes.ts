/** Bytes of an IDX tensor, right unless told otherwise. */
export function idxBytes(shape: readonly number[], values: ArrayLike<number>, type = 8): Uint8Array {
  const header = Buffer.alloc(4 + 4 * shape.length);
  header.set([0, 0, type, shape.length]);
  for (const [axis, length] of shape.entries()) header.writeUInt32BE(length, 4 + 4 * axis);
  return Buffer.concat([header, Uint8Array.from(values)]);
}
