import { describe, expect, it } from 'vitest';
import { parseIdx } from '../../../agent/data/known/idx.ts';
import { describeError, SowerError } from '../../../shared/kernel/errors.ts';
import { idxBytes } from '../../support/idx-bytes.ts';

function refusal(bytes: Uint8Array, rank: number): string {
  try {
    parseIdx(bytes, 'x-ubyte', rank);
  } catch (error) {
    if (error instanceof SowerError) return describeError(error).replace('; replace it by an intact IDX file', '');
    throw error;
  }
  return 'accepted';
}

const pixels = idxBytes([2, 2, 3], [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);

describe('parseIdx', () => {
  it('reads shape and values', () => {
    const { shape, values } = parseIdx(pixels, 'x', 3);
    expect(shape).toEqual([2, 2, 3]);
    expect([...values]).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
  });

  it('reads a tensor that lies inside a larger buffer', () => {
    const shifted = Buffer.concat([Buffer.alloc(5), pixels]).subarray(5);
    expect(parseIdx(shifted, 'x', 3).shape).toEqual([2, 2, 3]);
  });

  const cases: readonly (readonly [what: string, bytes: Uint8Array, rank: number, message: string])[] = [
    [
      'an empty file',
      new Uint8Array(0),
      1,
      'E_DATA_FORMAT x-ubyte, byte 0: the IDX header needs 4 bytes, the file has 0',
    ],
    [
      'another format',
      Buffer.from('PK\x03\x04 an archive'),
      3,
      'E_DATA_FORMAT x-ubyte, byte 0: not an IDX file: it starts with 50 4b 03 04, expected 00 00 08 03',
    ],
    ['floats', idxBytes([1], [0, 0, 0, 0], 13), 1, 'E_DATA_FORMAT x-ubyte, byte 2: values are float32, expected uint8'],
    [
      'an unknown type',
      idxBytes([1], [0], 7),
      1,
      'E_DATA_FORMAT x-ubyte, byte 2: values are of unknown type 7, expected uint8',
    ],
    [
      'labels for images',
      idxBytes([3], [1, 2, 3]),
      3,
      'E_DATA_FORMAT x-ubyte, byte 3: the tensor has 1 dimensions, expected 3',
    ],
    [
      'a header cut short',
      pixels.subarray(0, 9),
      3,
      'E_DATA_FORMAT x-ubyte, byte 9: the IDX header needs 16 bytes, the file has 9',
    ],
    ['no rows', idxBytes([0, 2, 3], []), 3, 'E_DATA_FORMAT x-ubyte, byte 4: dimension 1 is 0, expected at least 1'],
    [
      'empty images',
      idxBytes([2, 2, 0], []),
      3,
      'E_DATA_FORMAT x-ubyte, byte 12: dimension 3 is 0, expected at least 1',
    ],
    [
      'values cut short',
      pixels.subarray(0, 20),
      3,
      'E_DATA_FORMAT x-ubyte, byte 20: truncated: 2 x 2 x 3 values need 12 bytes, the file has 4',
    ],
    [
      'trailing bytes',
      Buffer.concat([pixels, Buffer.from('ab')]),
      3,
      'E_DATA_FORMAT x-ubyte, byte 28: 2 bytes follow the last value of 2 x 2 x 3',
    ],
    [
      'a claim of 2^40 values',
      idxBytes([2 ** 20, 2 ** 10, 2 ** 10], [1]),
      3,
      'E_DATA_FORMAT x-ubyte, byte 17: truncated: 1048576 x 1024 x 1024 values need 1099511627776 bytes, the file has 1',
    ],
  ];
  it.each(cases)('refuses %s', (_, bytes, rank, message) => {
    expect(refusal(bytes, rank)).toBe(message);
  });
});
