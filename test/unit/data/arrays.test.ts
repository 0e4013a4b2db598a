import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ArrayOptions, openNpyFiles, openNpz } from '../../../agent/data/arrays/open-arrays.ts';
import { isStored, readRows } from '../../../agent/data/data-set.ts';
import type { Examples } from '../../../agent/engine/port.ts';
import { describeError, SowerError } from '../../../shared/kernel/errors.ts';
import { bytesOf, npyBytes } from '../../support/npy-bytes.ts';
import { zipOf } from '../../support/zip-bytes.ts';

let home: string;
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'sower-arrays-'));
});
afterAll(() => rm(home, { recursive: true, force: true }));

const u1 = (shape: readonly number[], ...values: readonly number[]) => npyBytes('|u1', shape, Uint8Array.from(values));
const i8 = (shape: readonly number[], ...values: readonly number[]) =>
  npyBytes('<i8', shape, bytesOf(BigInt64Array.from(values, BigInt)));
const f4 = (shape: readonly number[], ...values: readonly number[]) =>
  npyBytes('<f4', shape, bytesOf(Float32Array.from(values)));
const f8 = (shape: readonly number[], ...values: readonly number[]) =>
  npyBytes('<f8', shape, bytesOf(Float64Array.from(values)));

let count = 0;
const optionsOf = (path: string): ArrayOptions => ({
  ...{ name: 'arrays', path, sha256: path, cacheDir: join(home, 'cache'), predict: 'classes' },
});
async function npz(arrays: Readonly<Record<string, Uint8Array>>, options: Partial<ArrayOptions> = {}) {
  const path = join(home, `${count++}.npz`);
  await writeFile(
    path,
    zipOf(Object.fromEntries(Object.entries(arrays).map(([name, bytes]) => [`${name}.npy`, bytes]))),
  );
  return openNpz({ ...optionsOf(path), ...options });
}

async function refusal(work: Promise<unknown>): Promise<string> {
  try {
    await work;
  } catch (error) {
    if (error instanceof SowerError) return describeError(error).replace(/\S*\/\d+\.np/g, 'a.np');
    throw error;
  }
  return 'accepted';
}

const contents = (rows: unknown) => {
  const { features, shape, labels } = rows as Examples;
  return { features: [...features], shape, labels: [...labels] };
};

describe('an NPZ file', () => {
  const medical = {
    train_images: u1([3, 2, 2], 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11),
    train_labels: i8([3, 1], 1, 0, 1),
    val_images: u1([1, 2, 2], 1, 1, 1, 1),
    val_labels: u1([1, 1], 0),
    test_images: u1([1, 2, 2], 255, 0, 0, 255),
    test_labels: u1([1, 1], 1),
  };

  it('with the names of MedMNIST gives training, validation and test rows', async () => {
    const data = await npz(medical);
    expect(contents(data.train)).toEqual({
      features: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11],
      shape: [2, 2],
      labels: [1, 0, 1],
    });
    expect((data.train as Examples).features).toBeInstanceOf(Uint8Array);
    expect(contents(data.validation)).toEqual({ features: [1, 1, 1, 1], shape: [2, 2], labels: [0] });
    expect(contents(data.test)).toEqual({ features: [255, 0, 0, 255], shape: [2, 2], labels: [1] });
    expect(data.classes).toEqual(['0', '1']);
    const { val_images, val_labels, ...without } = medical;
    expect((await npz(without)).hash).not.toBe(data.hash);
    expect((await npz(medical)).hash).toBe(data.hash);
  });

  it('with known classes counts labels from 0 in their order', async () => {
    expect((await npz(medical, { classes: ['benign', 'malignant', 'other'] })).classes).toHaveLength(3);
    expect(await refusal(npz({ ...medical, val_labels: u1([1, 1], 3) }, { classes: ['a', 'b', 'c'] }))).toBe(
      'E_DATA_LABEL a.npz, val_labels.npy: label 3 of row 0 (counted from 0) is none of 0 to 2; replace it by labels of this data set',
    );
  });

  it('gives colours channel by channel, from either order', async () => {
    const last = await npz({
      X_train: u1([2, 1, 2, 3], 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12),
      Y_train: i8([2], 0, 7),
    });
    const first = await npz({ x: u1([2, 3, 5, 6], ...Array(180).keys()), y: i8([2], 0, 7) });
    expect(contents(last.train)).toEqual({
      features: [1, 4, 2, 5, 3, 6, 7, 10, 8, 11, 9, 12],
      shape: [3, 1, 2],
      labels: [0, 1],
    });
    expect(last.classes).toEqual(['0', '7']);
    expect(contents(first.train)).toMatchObject({ shape: [3, 5, 6], features: [...Array(180).keys()] });
    const grey = await npz({ x: u1([2, 1, 2, 1], 1, 2, 3, 4), y: i8([2], 0, 7) });
    expect(contents(grey.train)).toMatchObject({ shape: [1, 2], features: [1, 2, 3, 4] });
  });

  it('holds floats and several numbers to predict', async () => {
    const arrays = { x: f8([2, 2], 0.5, -1, 2, 1e-3), y: f4([2, 2], 1, 2.5, 3, 4) };
    const data = await npz(arrays, { predict: 'numbers' });
    expect(data.classes).toBeNull();
    expect(contents(data.train)).toEqual({
      features: [0.5, -1, 2, Math.fround(1e-3)],
      shape: [2],
      labels: [1, 2.5, 3, 4],
    });
    expect((data.train as Examples).labels).toBeInstanceOf(Float32Array);
  });

  it('stays on disk where it takes more memory than there is, as the same data set', async () => {
    const rows = 600;
    const values = Array.from({ length: rows * 12 }, (_, i) => (i * 7919) % 251);
    const arrays = {
      x: u1([rows, 2, 2, 3], ...values),
      y: u1([rows], ...Array.from({ length: rows }, (_, i) => i % 3)),
    };
    const inMemory = await npz(arrays, { sha256: 'same' });
    const onDisk = await npz(arrays, { sha256: 'same', memoryBytes: 1000 });
    expect([isStored(inMemory.train), isStored(onDisk.train)]).toEqual([false, true]);
    expect(onDisk.hash).toBe(inMemory.hash);
    const wanted = Int32Array.of(599, 0, 3);
    expect(contents(await readRows(onDisk.train, wanted))).toEqual(contents(await readRows(inMemory.train, wanted)));
    const [kept] = await readdir(join(home, 'cache', 'rows'));
    // A cache that was damaged is not believed.
    await writeFile(join(home, 'cache', 'rows', kept!), Buffer.alloc(rows * 12 + 32));
    expect((await npz(arrays, { sha256: 'same', memoryBytes: 1000 })).hash).toBe(inMemory.hash);
  });

  const x = u1([2, 2], 1, 2, 3, 4);
  const y = i8([2], 0, 1);
  const names = 'call them x_train, y_train, x_val, y_val, x_test, y_test, or train_images, train_labels, ..., or x, y';
  const cases: readonly (readonly [what: string, arrays: Readonly<Record<string, Uint8Array>>, message: string])[] = [
    ['no arrays', {}, `E_DATA_FORMAT a.npz: it holds no arrays; ${names}`],
    [
      'other names',
      { arr_0: x, arr_1: y },
      `E_DATA_FORMAT a.npz: its arrays are called arr_0, arr_1, which says not what to learn; ${names}`,
    ],
    [
      'no labels',
      { x_train: x, x_test: x, y_test: y },
      'E_DATA_FORMAT a.npz: it holds x_train but no y_train; put both there, or take the one out',
    ],
    [
      'fewer labels',
      { x, y: i8([1], 0) },
      'E_DATA_FORMAT a.npz, x.npy: 2 rows, but 1 labels in a.npz, y.npy; write arrays that belong together',
    ],
    [
      'no rows',
      { x: u1([0, 2]), y: i8([0]) },
      'E_DATA_FORMAT a.npz, x.npy: it holds no values: its shape is (0, 2); write arrays that belong together',
    ],
    [
      'no axis',
      { x: u1([], 1), y: i8([], 1) },
      'E_DATA_FORMAT a.npz, x.npy: it holds no values: its shape is (); write arrays that belong together',
    ],
    [
      'volumes',
      { x: u1([2, 5, 5, 5], ...Array(250).fill(0)), y },
      'E_DATA_FORMAT a.npz, x.npy: its shape (2, 5, 5, 5) is neither of rows nor of images; expected are (n, features), (n, height, width) or (n, height, width, channels)',
    ],
    [
      'test rows of another shape',
      { x_train: x, y_train: y, x_test: u1([2, 3], 1, 2, 3, 4, 5, 6), y_test: y },
      'E_DATA_FORMAT a.npz, x_test.npy: 3 uint8 values a row, but 2 uint8 values a row in training; write arrays that belong together',
    ],
    [
      'test rows of another type',
      { x_train: x, y_train: y, x_test: f4([2, 2], 1, 2, 3, 4), y_test: y },
      'E_DATA_FORMAT a.npz, x_test.npy: 2 float32 values a row, but 2 uint8 values a row in training; write arrays that belong together',
    ],
    [
      'what is no number',
      { x: f4([2, 2], 1, 2, 3, Number.NaN), y },
      'E_DATA_ROW a.npz, x.npy: row 1 (counted from 0) holds NaN; take such rows out, or put numbers there: nothing can be learned from them',
    ],
    [
      'a number too large for float32',
      { x: f8([2, 1], 1e300, 2), y },
      'E_DATA_ROW a.npz, x.npy: row 0 (counted from 0) holds Infinity; take such rows out, or put numbers there: nothing can be learned from them',
    ],
    [
      'half a class',
      { x, y: f4([2], 0, 0.5) },
      'E_DATA_LABEL a.npz, y.npy: label 0.5 of row 1 (counted from 0) is no whole number; number the classes, or say predict: numbers',
    ],
    [
      'several classes a row',
      { x, y: i8([2, 2], 0, 1, 1, 1) },
      'E_DATA_LABEL a.npz, y.npy: 2 labels for each row, expected one; say predict: numbers',
    ],
    [
      'one class',
      { x, y: i8([2], 4, 4) },
      'E_DATA_LABEL a.npz, y.npy: all 2 training rows have label 4; give rows of at least two classes: there is nothing to tell apart',
    ],
    [
      'a damaged array',
      { x: x.subarray(0, -1), y },
      'E_DATA_FORMAT a.npz, x.npy, byte 131: truncated: 2 x 2 values need 4 bytes, the file has 3; write it again with numpy.save, numpy.savez or numpy.savez_compressed',
    ],
  ];
  it.each(cases)('is refused with %s', async (_, arrays, message) => {
    expect(await refusal(npz(arrays))).toBe(message);
  });

  it('is refused where a number to predict is none', async () => {
    expect(await refusal(npz({ x, y: f4([2], 0, Number.NaN) }, { predict: 'numbers' }))).toBe(
      'E_DATA_LABEL a.npz, y.npy: row 1 (counted from 0) is to be predicted as NaN; give it a number',
    );
  });
});

describe('a damaged NPZ file', () => {
  it('is read as it was or refused, whatever was damaged', async () => {
    const intact = zipOf({
      'x_train.npy': u1([40, 3], ...Array.from({ length: 120 }, (_, i) => (i * 31) % 256)),
      'y_train.npy': i8([40], ...Array.from({ length: 40 }, (_, i) => i % 4)),
    });
    const path = join(home, 'fuzz.npz');
    await writeFile(path, intact);
    const { hash } = await openNpz(optionsOf(path));
    const damage = fc.record({
      at: fc.nat(intact.length - 1),
      mask: fc.integer({ min: 1, max: 255 }),
      cut: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(damage, async ({ at, mask, cut }) => {
        const bytes = Buffer.from(cut ? intact.subarray(0, at) : intact);
        if (!cut) bytes[at]! ^= mask;
        await writeFile(path, bytes);
        const opened = await openNpz(optionsOf(path)).catch((error) => error);
        if (opened instanceof SowerError) expect(opened.code).toMatch(/^E_(DATA|ARCHIVE)_/);
        else expect(opened.hash).toBe(hash);
      }),
      { numRuns: 100 },
    );
  });
});

describe('NPY files', () => {
  it('in a folder are arrays by their names', async () => {
    const folder = join(home, 'folder');
    await mkdir(folder);
    await writeFile(join(folder, 'x_train.npy'), f4([2, 1], 5, 6));
    await writeFile(join(folder, 'y_train.npy'), i8([2], 3, 1));
    await writeFile(join(folder, 'notes.txt'), 'whatever');
    const data = await openNpyFiles(optionsOf(folder));
    expect([contents(data.train), data.classes]).toEqual([
      { features: [5, 6], shape: [1], labels: [1, 0] },
      ['1', '3'],
    ]);
  });

  it('alone are matrices whose last column is predicted', async () => {
    const path = join(home, '7.npy');
    await writeFile(path, f8([2, 3], 1, 2, 0, 3, 4, 1));
    const data = await openNpyFiles(optionsOf(path));
    expect(contents(data.train)).toEqual({ features: [1, 2, 3, 4], shape: [2], labels: [0, 1] });
    expect(contents((await openNpyFiles({ ...optionsOf(path), predict: 'numbers' })).train).labels).toEqual([0, 1]);
    await writeFile(path, f8([3], 1, 2, 0));
    expect(await refusal(openNpyFiles(optionsOf(path)))).toBe(
      'E_DATA_FORMAT a.npy: its shape (3) is not that of rows and columns; expected is (rows, columns) with the label last; images go into an NPZ file, as x_train and y_train',
    );
  });
});
