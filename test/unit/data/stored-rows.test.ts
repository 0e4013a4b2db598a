import { mkdir, mkdtemp, readdir, rm, truncate, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type DataSet, hashContents, hashRows, isStored, type StoredRows } from '../../../agent/data/data-set.ts';
import { openMnist } from '../../../agent/data/known/mnist.ts';
import { splitData } from '../../../agent/data/split.ts';
import { openStoredRows } from '../../../agent/data/stored-rows.ts';
import type { Examples } from '../../../agent/engine/port.ts';
import { deriveKey, draw32 } from '../../../shared/kernel/random.ts';
import { idxBytes } from '../../support/idx-bytes.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sower-stored-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Images of noise, in memory and as an IDX file. */
function noise(rows: number, side: number, seed: number): Examples & { readonly features: Uint8Array } {
  const features = Uint8Array.from({ length: rows * side * side }, (_, i) => draw32(deriveKey(seed), i) & 255);
  const labels = Int32Array.from({ length: rows }, (_, row) => row % 10);
  return { features, shape: [side, side], labels, rows };
}

async function stored(examples: ReturnType<typeof noise>, name: string): Promise<StoredRows> {
  const path = join(folder, name);
  const { rows, shape, labels, features } = examples;
  await writeFile(path, Buffer.concat([Buffer.from('head'), features]));
  return openStoredRows({ path, inputType: 'uint8', offsetBytes: 4, shape, labels, rows });
}

describe('stored rows', () => {
  it.each([
    ['rows that are read together', 3],
    ['rows farther apart than a gap', 200],
  ])('are what lies in memory, in any order and more than once: %s', async (_, side) => {
    const examples = noise(40, side, 1);
    const rows = await stored(examples, `any-order-${side}`);
    const wanted = Int32Array.from([39, 0, 7, 7, 20, 1, 38]);
    const read = await rows.read(wanted);
    const length = side * side;
    wanted.forEach((row, i) => {
      const [got, expected] = [read.features, examples.features].map((values, j) => {
        const from = (j === 0 ? i : row) * length;
        return Buffer.from(values.subarray(from, from + length) as Uint8Array);
      });
      expect(got!.equals(expected!)).toBe(true);
    });
    expect([...read.labels]).toEqual([...wanted].map((row) => row % 10));
    expect(read).toMatchObject({ rows: 7, shape: [side, side] });
  });

  it('hold floats and several numbers to predict', async () => {
    const path = join(folder, 'floats');
    const values = Float32Array.from([0.5, -1, 2, 3.25, 1e-20, 7]);
    await writeFile(path, new Uint8Array(values.buffer));
    const labels = Float32Array.from([1, 2, 3, 4, 5, 6]);
    const rows = openStoredRows({ path, inputType: 'float32', offsetBytes: 0, shape: [2], labels, rows: 3 });
    const read = await rows.read(Int32Array.from([2, 0]));
    expect([...read.features]).toEqual([values[4], 7, 0.5, -1]);
    expect([...read.labels]).toEqual([5, 6, 1, 2]);
  });

  it('split into the same rows as in memory, with the same identity', async () => {
    const examples = noise(100, 4, 2);
    const rows = await stored(examples, 'split');
    const classes = Array.from({ length: 10 }, (_, i) => String(i));
    const hash = hashContents(examples, null, classes);
    expect(await hashRows(rows, null, classes)).toBe(hash);
    const inMemory = splitData({ name: 'a', train: examples, test: null, classes, hash }, { validation: 0.3 });
    const onDisk = splitData({ name: 'a', train: rows, test: null, classes, hash }, { validation: 0.3 });
    for (const part of ['train', 'validation'] as const) {
      const expected = inMemory[part]!;
      const all = await onDisk[part]!.read(Int32Array.from({ length: expected.rows }, (_, i) => i));
      expect(all).toEqual(expected);
      expect(onDisk[part]!.labels).toEqual(expected.labels);
    }
  });

  it('refuse a file that is too short, is gone, or was changed meanwhile', async () => {
    const examples = noise(10, 4, 3);
    const rows = await stored(examples, 'changing');
    const path = join(folder, 'changing');
    const open = () => openStoredRows({ ...examples, path, inputType: 'uint8', offsetBytes: 5 });
    expect(open).toThrow('10 rows need 165 bytes, it has 164');
    await utimes(path, 1, 1);
    await expect(rows.read(Int32Array.of(0))).rejects.toMatchObject({ code: 'E_DATA_READ', where: path });
    await truncate(path, 20);
    await expect(rows.read(Int32Array.of(0))).rejects.toThrow('it was changed');
    await rm(path);
    await expect(rows.read(Int32Array.of(0))).rejects.toThrow('ENOENT');
  });
});

describe('a data set larger than the memory it may take', () => {
  const [train, test] = [noise(30, 5, 4), noise(12, 5, 5)];

  async function write(name: string, pack: boolean): Promise<string> {
    const dataDir = join(folder, name);
    await mkdir(dataDir);
    for (const [part, examples] of [
      ['train', train],
      ['t10k', test],
    ] as const) {
      const files = [
        [`${part}-images-idx3-ubyte`, idxBytes([examples.rows, 5, 5], examples.features)],
        [`${part}-labels-idx1-ubyte`, idxBytes([examples.rows], examples.labels)],
      ] as const;
      for (const [file, bytes] of files) {
        await writeFile(join(dataDir, pack ? `${file}.gz` : file), pack ? gzipSync(bytes) : bytes);
      }
    }
    return dataDir;
  }

  it.each([
    ['plain', false],
    ['packed', true],
  ])('stays on disk and is the same data: %s files', async (name, pack) => {
    const dataDir = await write(name, pack);
    const cacheDir = join(folder, `${name}-cache`);
    const places = { dataDir, cacheDir, notify: () => undefined };
    const inMemory = await openMnist(places);
    const onDisk = await openMnist({ ...places, memoryBytes: 500 });
    expect(onDisk.hash).toBe(inMemory.hash);
    const parts = (data: Pick<DataSet, 'train' | 'test'>) => [isStored(data.train), isStored(data.test!)];
    expect(parts(inMemory)).toEqual([false, false]);
    expect(parts(onDisk)).toEqual([true, false]);
    const rows = await (onDisk.train as StoredRows).read(Int32Array.from({ length: 30 }, (_, i) => i));
    const { features } = inMemory.train as Examples;
    expect(rows).toEqual({ ...inMemory.train, features: new Uint8Array(features) });
    expect(onDisk.test).toEqual(inMemory.test);
    if (pack) expect(await readdir(join(cacheDir, 'unpacked'))).toHaveLength(1);
    expect((await openMnist({ ...places, memoryBytes: 500 })).hash).toBe(inMemory.hash);
    if (pack) expect(await readdir(join(cacheDir, 'unpacked'))).toHaveLength(1);
  });
});
