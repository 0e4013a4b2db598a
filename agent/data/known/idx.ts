/**
 * The IDX format of the MNIST files: two zero bytes, the type (8 = uint8), the number of dimensions, the dimensions as
 * big-endian uint32, then the values. Nothing is allocated before the header agrees with the length of the file.
 */
import { SowerError } from '../../../shared/kernel/errors.ts';

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

/** Longest header that is read: four bytes, then four for each of at most 255 dimensions. */
export const MAX_IDX_HEADER_BYTES = 4 + 4 * 255;

export interface IdxHeader {
  readonly shape: readonly number[];
  /** Where the values begin. */
  readonly headerBytes: number;
}

/** Reads a uint8 tensor of `rank` dimensions; throws E_DATA_FORMAT naming file and byte offset. */
export function parseIdx(bytes: Uint8Array, path: string, rank: number): IdxTensor {
  const { shape, headerBytes } = parseIdxHeader(bytes, bytes.length, path, rank);
  return { shape, values: bytes.subarray(headerBytes) };
}

/** The same of a file of `fileBytes` bytes whose first ones are `head`; its values are left where they are. */
export function parseIdxHeader(head: Uint8Array, fileBytes: number, path: string, rank: number): IdxHeader {
  const wrong = (offset: number, what: string) =>
    new SowerError('E_DATA_FORMAT', what, {
      where: `${path}, byte ${offset}`,
      fix: 'replace it by an intact IDX file',
    });
  const headerBytes = 4 + 4 * rank;
  if (fileBytes < 4) throw wrong(fileBytes, `the IDX header needs 4 bytes, the file has ${fileBytes}`);
  if (head[0] !== 0 || head[1] !== 0)
    throw wrong(0, `not an IDX file: it starts with ${hex(head)}, expected 00 00 08 0${rank}`);
  if (head[2] !== 8)
    throw wrong(2, `values are ${TYPE_NAMES[head[2]!] ?? `of unknown type ${head[2]}`}, expected uint8`);
  if (head[3] !== rank) throw wrong(3, `the tensor has ${head[3]} dimensions, expected ${rank}`);
  if (fileBytes < headerBytes) {
    throw wrong(fileBytes, `the IDX header needs ${headerBytes} bytes, the file has ${fileBytes}`);
  }
  const header = new DataView(head.buffer, head.byteOffset, headerBytes);
  const shape = Array.from({ length: rank }, (_, axis) => header.getUint32(4 + 4 * axis));
  const zeroAxis = shape.indexOf(0);
  if (zeroAxis >= 0) throw wrong(4 + 4 * zeroAxis, `dimension ${zeroAxis + 1} is 0, expected at least 1`);
  const expected = shape.reduce((product, length) => product * length, 1);
  const actual = fileBytes - headerBytes;
  if (actual < expected) {
    throw wrong(fileBytes, `truncated: ${shape.join(' x ')} values need ${expected} bytes, the file has ${actual}`);
  }
  if (actual > expected) {
    throw wrong(headerBytes + expected, `${actual - expected} bytes follow the last value of ${shape.join(' x ')}`);
  }
  return { shape, headerBytes };
}

function hex(bytes: Uint8Array): string {
  return Array.from(bytes.subarray(0, 4), (byte) => byte.toString(16).padStart(2, '0')).join(' ');
}
