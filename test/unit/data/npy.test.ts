import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { openNpy, readValues } from '../../../agent/data/arrays/npy.ts';
import { describeError, SowerError } from '../../../shared/kernel/errors.ts';
import { bytesOf, npyBytes, npyHeader } from '../../support/npy-bytes.ts';

/** In pieces that fit no value and no row. */
const sourceOf = (bytes: Uint8Array, pieceBytes = 7) => ({
  where: 'a.npy',
  bytes: bytes.length,
  open: async () =>
    Readable.from(
      (function* () {
        for (let at = 0; at < bytes.length; at += pieceBytes) yield Buffer.from(bytes.subarray(at, at + pieceBytes));
      })(),
      { objectMode: false },
    ),
});

async function read(bytes: Uint8Array): Promise<readonly [readonly number[], readonly number[]]> {
  const array = await openNpy(sourceOf(bytes));
  return [array.shape, [...(await readValues(array))]];
}

async function refusal(bytes: Uint8Array): Promise<string> {
  try {
    await openNpy(sourceOf(bytes));
  } catch (error) {
    if (error instanceof SowerError) return describeError(error);
    throw error;
  }
  return 'accepted';
}

describe('an NPY file', () => {
  const wholes = [0, 1, 2, 100, 3, 4];
  it.each([
    ['|u1', Uint8Array.from(wholes)],
    ['<u2', Uint16Array.from(wholes)],
    ['<u4', Uint32Array.from(wholes)],
    ['<u8', BigUint64Array.from(wholes, BigInt)],
    ['|i1', Int8Array.from(wholes)],
    ['<i2', Int16Array.from(wholes)],
    ['<i4', Int32Array.from(wholes)],
    ['<i8', BigInt64Array.from(wholes, BigInt)],
    ['<f4', Float32Array.from(wholes)],
    ['<f8', Float64Array.from(wholes)],
  ])('holds %s', async (descr, values) => {
    expect(await read(npyBytes(descr, [2, 3], bytesOf(values)))).toEqual([[2, 3], wholes]);
    const swapped = Buffer.from(bytesOf(values));
    const size = values.BYTES_PER_ELEMENT;
    for (let at = 0; at < swapped.length; at += size) swapped.subarray(at, at + size).reverse();
    expect(await read(npyBytes(descr.replace('<', '>'), [2, 3], swapped))).toEqual([[2, 3], wholes]);
  });

  it('holds signs, fractions, truth values, one axis, and no axis', async () => {
    expect((await read(npyBytes('<i2', [2], bytesOf(Int16Array.of(-1, -32768)))))[1]).toEqual([-1, -32768]);
    expect((await read(npyBytes('<i8', [1], bytesOf(BigInt64Array.of(-5n)))))[1]).toEqual([-5]);
    expect((await read(npyBytes('>f8', [1], Buffer.from([0xbf, 0xe0, 0, 0, 0, 0, 0, 0]))))[1]).toEqual([-0.5]);
    expect((await read(npyBytes('|b1', [3], Uint8Array.of(1, 0, 1))))[1]).toEqual([1, 0, 1]);
    expect(await read(npyBytes('|u1', [], Uint8Array.of(9)))).toEqual([[], [9]]);
  });

  it('is read in the order of its rows where it was written column by column', async () => {
    const written = Uint8Array.of(0, 12, 4, 16, 8, 20, 1, 13, 5, 17, 9, 21, 2, 14, 6, 18, 10, 22, 3, 15, 7, 19, 11, 23);
    const [, values] = await read(npyBytes('|u1', [2, 3, 4], written, { fortran: true }));
    expect(values).toEqual(Array.from({ length: 24 }, (_, i) => i));
  });

  it('is of version 1.0, 2.0 or 3.0', async () => {
    for (const version of [1, 2, 3] as const) {
      expect((await read(npyBytes('|u1', [2], Uint8Array.of(1, 2), { version })))[1]).toEqual([1, 2]);
    }
  });

  const fix = 'write it again with numpy.save, numpy.savez or numpy.savez_compressed';
  const right = npyBytes('<f4', [2, 3], new Uint8Array(24));
  const dictionary = (text: string) => npyHeader(text);
  const cases: readonly (readonly [what: string, bytes: Uint8Array, message: string])[] = [
    ['another magic', Buffer.from('PK\x03\x04 and more'), 'byte 0: not an NPY file: it does not start with \\x93NUMPY'],
    ['nothing', new Uint8Array(0), 'byte 0: not an NPY file: it does not start with \\x93NUMPY'],
    ['a version to come', right.with(6, 4), 'byte 6: it is of NPY version 4.0, expected 1.0 to 3.0'],
    ['a cut header', right.subarray(0, 50), 'byte 50: truncated: its header needs 128 bytes, the file has 50'],
    ['a cut start', right.subarray(0, 9), 'byte 9: truncated: its header needs more than 9 bytes'],
    ['a huge header', right.with(9, 255), 'byte 8: its header claims 65398 bytes, at most 10000 are read'],
    ['missing values', right.subarray(0, -1), 'byte 151: truncated: 2 x 3 values need 24 bytes, the file has 23'],
    ['more values', Buffer.concat([right, Buffer.of(1, 2)]), 'byte 152: 2 bytes follow the last of 2 x 3 values'],
    [
      '2^40 values',
      npyBytes('<f8', [1024 ** 2, 1024 ** 2], new Uint8Array(8)),
      'byte 136: truncated: 1048576 x 1048576 values need 8796093022208 bytes, the file has 8',
    ],
    [
      'a number of values beyond counting',
      npyBytes('|u1', [2 ** 52, 2 ** 52, 2 ** 52], new Uint8Array(8)),
      'byte 136: truncated: 4503599627370496 x 4503599627370496 x 4503599627370496 values need 9.134385233318143e+46 bytes, the file has 8',
    ],
    [
      'Python objects',
      npyBytes('|O', [1], new Uint8Array(8)),
      'byte 10: its values are of type |O (Python objects), expected u1 to u8, i1 to i8, f4, f8 or b1; convert',
    ],
    [
      'text',
      npyBytes('<U5', [1], new Uint8Array(20)),
      'byte 10: its values are of type <U5 (text), expected u1 to u8, i1 to i8, f4, f8 or b1; convert',
    ],
    [
      'complex numbers',
      npyBytes('<c8', [1], new Uint8Array(8)),
      'byte 10: its values are of type <c8, expected u1 to u8, i1 to i8, f4, f8 or b1; convert',
    ],
    [
      'records',
      dictionary("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,), }"),
      'byte 20: its values are records of several fields, expected numbers',
    ],
    [
      'a call',
      dictionary("{'descr': '<f4', 'fortran_order': exit(), 'shape': (1,), }"),
      'byte 44: its header cannot be read at "exit(), \'shape\': (1,), }                "',
    ],
    [
      'a length below zero',
      dictionary("{'descr': '<f4', 'fortran_order': False, 'shape': (-1,), }"),
      'byte 60: its header cannot be read at "(-1,), }                                "',
    ],
    [
      'a key twice',
      dictionary("{'descr': '<f4', 'descr': '<f4', }"),
      "byte 27: its header cannot be read at \"'descr': '<f4', }",
    ],
    [
      'no shape',
      dictionary("{'descr': '<f4', 'fortran_order': False, }"),
      "byte 10: its header cannot be read at \"{'descr': '<f4', 'fortran_order': False,\"",
    ],
    [
      'something behind',
      dictionary("{'descr': '|u1', 'fortran_order': False, 'shape': (0,)} 1"),
      'byte 66: its header cannot be read at "1',
    ],
  ];
  it.each(cases)('is refused with %s', async (_, bytes, message) => {
    const said = await refusal(bytes);
    expect(said.slice(0, `E_DATA_FORMAT a.npy, ${message}`.length)).toBe(`E_DATA_FORMAT a.npy, ${message}`);
    const convert = "convert it with .astype('float32') or another of these, and write it again";
    expect(said.endsWith(`; ${message.endsWith('; convert') ? convert : fix}`)).toBe(true);
  });
});
