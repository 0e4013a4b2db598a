/** Bytes of an NPY file as NumPy writes it: the header padded so that values begin at a multiple of 64. */
export function npyBytes(
  descr: string,
  shape: readonly number[],
  values: Uint8Array,
  { fortran = false, version = 1 }: { readonly fortran?: boolean; readonly version?: 1 | 2 | 3 } = {},
): Buffer {
  const tuple = `(${shape.join(', ')}${shape.length === 1 ? ',' : ''})`;
  const dictionary = `{'descr': '${descr}', 'fortran_order': ${fortran ? 'True' : 'False'}, 'shape': ${tuple}, }`;
  return Buffer.concat([npyHeader(dictionary, version), values]);
}

/** Magic, version and any dictionary. */
export function npyHeader(dictionary: string, version = 1): Buffer {
  const start = version === 1 ? 10 : 12;
  const text = `${dictionary.padEnd(Math.ceil((start + dictionary.length + 1) / 64) * 64 - start - 1)}\n`;
  const head = Buffer.alloc(start);
  head.write('\x93NUMPY', 'latin1');
  head[6] = version;
  if (version === 1) head.writeUInt16LE(text.length, 8);
  else head.writeUInt32LE(text.length, 8);
  return Buffer.concat([head, Buffer.from(text)]);
}

export const bytesOf = (values: ArrayBufferView): Uint8Array =>
  new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
