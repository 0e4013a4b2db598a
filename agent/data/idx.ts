/**
 * The IDX format of the MNIST files: two zero bytes, the type (8 = uint8), the number of dimensions, the dimensions as
 * big-endian uint32, then the values. Nothing is allocated before the header agrees with the length of the file.
 */
import { SowerError } from '../../shared/kernel/errors.ts';

export interface IdxTensor {
  readonly shape: readonly number[];
  readonly values: Uint8Array;
}

const TYPE_NAMES: Readonly<Record<number, string>> = {
  8: 'uint8',
  9: 'int8',
  11: 'int16',
  12: 'int32',
  13: 'float32',
  14: 'float64',
};

/** Reads a uint8 tensor of `rank` dimensions; throws E_DATA_FORMAT naming file and byte offset. */
export function parseIdx(bytes: Uint8Array, path: string, rank: number): IdxTensor {
  const wrong = (offset: number, what: string) =>
    new SowerError('E_DATA_FORMAT', what, {
      where: `${path}, byte ${offset}`,
      fix: 'replace it by an intact IDX file',
    });
  const headerLength = 4 + 4 * rank;
  if (bytes.length < 4) throw wrong(bytes.length, `the IDX header needs 4 bytes, the file has ${bytes.length}`);
  if (bytes[0] !== 0 || bytes[1] !== 0)
    throw wrong(0, `not an IDX file: it starts with ${hex(bytes)}, expected 00 00 08 0${rank}`);
  if (bytes[2] !== 8)
    throw wrong(2, `values are ${TYPE_NAMES[bytes[2]!] ?? `of unknown type ${bytes[2]}`}, expected uint8`);
  if (bytes[3] !== rank) throw wrong(3, `the tensor has ${bytes[3]} dimensions, expected ${rank}`);
  if (bytes.length < headerLength) {
    throw wrong(bytes.length, `the IDX header needs ${headerLength} bytes, the file has ${bytes.length}`);
  }
  const header = new DataView(bytes.buffer, bytes.byteOffset, headerLength);
  const shape = Array.from({ length: rank }, (_, axis) => header.getUint32(4 + 4 * axis));
  const zeroAxis = shape.indexOf(0);
  if (zeroAxis >= 0) throw wrong(4 + 4 * zeroAxis, `dimension ${zeroAxis + 1} is 0, expected at least 1`);
  const expected = shape.reduce((product, length) => product * length, 1);
  const actual = bytes.length - headerLength;
  if (actual < expected) {
    throw wrong(bytes.length, `truncated: ${shape.join(' x ')} values need ${expected} bytes, the file has ${actual}`);
  }
  if (actual > expected) {
    throw wrong(headerLength + expected, `${actual - expected} bytes follow the last value of ${shape.join(' x ')}`);
  }
  return { shape, values: bytes.subarray(headerLength) };
}

function hex(bytes: Uint8Array): string {
  return Array.from(bytes.subarray(0, 4), (byte) => byte.toString(16).padStart(2, '0')).join(' ');
}
