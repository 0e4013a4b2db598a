/** Every fault of arrays, pictures and archives, as a person brings them, and the sentence it is answered with. */
import { mkdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { crc32, deflateSync } from 'node:zlib';
import sharp from 'sharp';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { npyBytes } from '../../support/npy-bytes.ts';
import { type DataRig, type Files, openDataRig } from '../../support/refused-data.ts';
import { zipBytes, zipOf } from '../../support/zip-bytes.ts';

let rig: DataRig;
beforeEach(async () => {
  rig = await openDataRig();
});
afterEach(() => rig.close());
const said: DataRig['said'] = (asked, files) => rig.said(asked, files);

const u1 = (shape: readonly number[], ...values: readonly number[]) => npyBytes('|u1', shape, Uint8Array.from(values));
const npz = (arrays: Files) => ({
  'a.npz': zipOf(Object.fromEntries(Object.entries(arrays).map(([name, bytes]) => [`${name}.npy`, bytes]))),
});
const [X, Y] = [u1([2, 1], 1, 2), u1([2], 0, 1)];
const CONVERT = "convert it with .astype('float32') or another of these, and write it again";
const TYPES = `expected u1 to u8, i1 to i8, f4, f8 or b1; ${CONVERT}`;
const SAVE = 'write it again with numpy.save, numpy.savez or numpy.savez_compressed';

describe('arrays are refused in one sentence', () => {
  it.each<readonly [string, Files, string]>([
    [
      'pickled objects, which are never unpickled',
      { x: npyBytes('|O', [2], Buffer.from('\x80\x04cos\nsystem\n')), y: Y },
      `E_DATA_FORMAT ~/a.npz, x.npy, byte 10: its values are of type |O (Python objects), ${TYPES}`,
    ],
    [
      'float16',
      { x: npyBytes('<f2', [2, 1], new Uint8Array(4)), y: Y },
      `E_DATA_FORMAT ~/a.npz, x.npy, byte 10: its values are of type <f2, ${TYPES}`,
    ],
    [
      'complex numbers',
      { x: npyBytes('<c8', [2, 1], new Uint8Array(16)), y: Y },
      `E_DATA_FORMAT ~/a.npz, x.npy, byte 10: its values are of type <c8, ${TYPES}`,
    ],
    [
      'no axis',
      { x: u1([], 1), y: u1([], 1) },
      'E_DATA_FORMAT ~/a.npz, x.npy: it holds no values: its shape is (); write arrays that belong together',
    ],
    [
      'a claim of 2^40 values',
      { x: npyBytes('|u1', [2 ** 20, 2 ** 20], new Uint8Array(4)), y: Y },
      `E_DATA_FORMAT ~/a.npz, x.npy, byte 132: truncated: 1048576 x 1048576 values need 1099511627776 bytes, the file has 4; ${SAVE}`,
    ],
    [
      'bytes behind the last value',
      { x: Buffer.concat([X, Buffer.from('ab')]), y: Y },
      `E_DATA_FORMAT ~/a.npz, x.npy, byte 130: 2 bytes follow the last of 2 x 1 values; ${SAVE}`,
    ],
    [
      'NaN',
      { x: npyBytes('<f4', [2, 1], Buffer.from([0, 0, 0xc0, 0x7f, 0, 0, 0, 0])), y: Y },
      'E_DATA_ROW ~/a.npz, x.npy: row 0 (counted from 0) holds NaN; take such rows out, or put numbers there: nothing can be learned from them',
    ],
    [
      'one row',
      { x: u1([1, 1], 1), y: u1([1], 7) },
      'E_DATA_LABEL ~/a.npz, y.npy: the one training row has label 7; give rows of at least two classes: there is nothing to tell apart',
    ],
  ])('%s', async (_, arrays, message) => {
    expect(await said({ file: 'a.npz' }, npz(arrays))).toBe(message);
  });

  it('text that is called NPZ, and a file of nothing', async () => {
    const none = 'this is no zip archive, or it was cut short; replace it by an intact zip archive';
    expect(await said({ file: 'a.npz' }, { 'a.npz': 'a,y\n1,0\n' })).toBe(`E_DATA_FORMAT ~/a.npz: ${none}`);
    expect(await said({ file: 'a.npz' }, { 'a.npz': '' })).toBe(`E_DATA_FORMAT ~/a.npz: ${none}`);
  });
});

/** A PNG that claims any size and holds hardly anything. */
function claimedPng(width: number, height: number): Buffer {
  const chunk = (type: string, body: Buffer) => {
    const named = Buffer.concat([Buffer.from(type, 'latin1'), body]);
    const ends = Buffer.alloc(8);
    ends.writeUInt32BE(body.length, 0);
    ends.writeUInt32BE(crc32(named), 4);
    return Buffer.concat([ends.subarray(0, 4), named, ends.subarray(4)]);
  };
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header[8] = 8;
  const parts = [chunk('IHDR', header), chunk('IDAT', deflateSync(Buffer.alloc(100))), chunk('IEND', Buffer.alloc(0))];
  return Buffer.concat([Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), ...parts]);
}

describe('pictures', () => {
  let red: Buffer;
  beforeAll(async () => {
    red = await sharp({ create: { width: 2, height: 2, channels: 3, background: 'red' } })
      .png()
      .toBuffer();
  });

  const INTACT = 'replace it by an intact picture, or take it out';
  it.each<readonly [string, () => Files, string]>([
    [
      'of no bytes',
      () => ({ 'a/1.png': '' }),
      `E_DATA_FORMAT ~/pics, a/1.png: it cannot be decoded as a picture (it is empty); ${INTACT}`,
    ],
    [
      'that are 20,000 pixels wide and high',
      () => ({ 'a/1.png': claimedPng(20_000, 20_000) }),
      `E_DATA_FORMAT ~/pics, a/1.png: it cannot be decoded as a picture (Input image exceeds pixel limit); ${INTACT}`,
    ],
    [
      'that are drawings with links',
      () => ({ 'a/1.png': '<svg xmlns="http://www.w3.org/2000/svg"><image href="file:///etc/passwd"/></svg>' }),
      `E_DATA_FORMAT ~/pics, a/1.png: it cannot be decoded as a picture (Input buffer contains unsupported image format); ${INTACT}`,
    ],
    [
      'of one class, beside an empty folder',
      () => ({ 'c/readme.txt': '' }),
      'E_DATA_LABEL ~/pics: the one picture is in the one class folder b; give pictures of at least two classes: there is nothing to tell apart',
    ],
  ])('%s are refused in one sentence', async (_, files, message) => {
    const inside = Object.entries({ ...files(), 'b/1.png': red }).map(([name, bytes]) => [`pics/${name}`, bytes]);
    expect(await said({ file: 'pics', channels: 3 }, Object.fromEntries(inside))).toBe(message);
  });

  it('are refused behind links', async () => {
    await mkdir(join(rig.folder, 'pics', 'a'), { recursive: true });
    await symlink('..', join(rig.folder, 'pics', 'a', 'loop'));
    expect(await said({ file: 'pics' })).toBe(
      'E_DATA_READ ~/pics: a/loop is a link to a folder; put the folder itself there',
    );
  });

  it('are refused out of archives that lead elsewhere, through links, or burst', async () => {
    const anew = 'do not use this archive; pack the files anew, without links and with names below one folder';
    expect(await said({ file: 'p.zip' }, { 'p.zip': zipOf({ '../a/1.png': red }) })).toBe(
      `E_ARCHIVE_PATH ~/p.zip: its entry "../a/1.png" would leave the folder it is unpacked into; ${anew}`,
    );
    const link = zipBytes([{ name: 'a/1.png', bytes: '/etc/passwd', mode: 0o120777 }]);
    expect(await said({ file: 'q.zip' }, { 'q.zip': link })).toBe(
      `E_ARCHIVE_PATH ~/q.zip: its entry "a/1.png" is a symbolic link; ${anew}`,
    );
    const bomb = zipBytes([{ name: 'a/1.png', bytes: red, unpackedBytes: 0xf0000000 }]);
    expect(await said({ file: 'r.zip' }, { 'r.zip': bomb })).toMatch(
      /^E_ARCHIVE_RATIO ~\/r\.zip: its \d+ bytes would become 4026531840 \(\d+ times as many\), at most 200 times are unpacked; unpack it yourself/,
    );
  });

  it('of one pixel, in the colours of printers, or in motion are read', async () => {
    const colour = (background: string, side = 4) =>
      sharp({ create: { width: side, height: side, channels: 3, background } });
    const pixel = await colour('red', 1).png().toBuffer();
    expect(await said({ file: 'tiny' }, { 'tiny/a/1.png': pixel, 'tiny/b/1.png': pixel })).toBe(
      'accepted: 2 rows of 3 x 1 x 1',
    );
    const printed = await colour('red').toColourspace('cmyk').jpeg().toBuffer();
    expect((await sharp(printed).metadata()).space).toBe('cmyk');
    const plain = await colour('blue').jpeg().toBuffer();
    expect(await said({ file: 'print' }, { 'print/a/1.jpg': printed, 'print/b/1.jpg': plain })).toBe(
      'accepted: 2 rows of 3 x 4 x 4',
    );
    const moving = await sharp(Buffer.alloc(96, 200), { raw: { width: 4, height: 8, channels: 3, pageHeight: 4 } })
      .gif()
      .toBuffer();
    expect(await said({ file: 'gif' }, { 'gif/a/1.gif': moving, 'gif/b/1.gif': moving })).toBe(
      'accepted: 2 rows of 3 x 4 x 4',
    );
  });
});
