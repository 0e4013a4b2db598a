import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openData } from '../../../agent/data/open-data.ts';
import type { DataConfig, DataFormat } from '../../../shared/sweep/train/data-config.ts';
import { npyBytes } from '../../support/npy-bytes.ts';
import { zipOf } from '../../support/zip-bytes.ts';

let home: string;
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'sower-open-'));
});
afterAll(() => rm(home, { recursive: true, force: true }));

const open = (path: string, format: DataFormat, more: Partial<DataConfig> = {}) =>
  openData(
    {
      ...{ name: 'own', split: {}, scale: 'unit', prepare: [] },
      file: { path, format, predict: 'classes', columns: {} },
      ...more,
    },
    { dataDir: home, cacheDir: join(home, 'cache') },
  );

describe('data of a file', () => {
  it('is an NPZ archive, whose validation rows serve unless others are asked for', async () => {
    const x = npyBytes('|u1', [4, 1], Uint8Array.of(1, 2, 3, 4));
    const y = npyBytes('|u1', [4], Uint8Array.of(0, 1, 0, 1));
    const arrays = { 'x_train.npy': x, 'y_train.npy': y, 'x_val.npy': x, 'y_val.npy': y };
    await writeFile(join(home, 'a.npz'), zipOf(arrays));
    const given = await open('a.npz', 'npz');
    expect([given.train.rows, given.validation?.rows]).toEqual([4, 4]);
    const asked = await open('a.npz', 'npz', { split: { validation: 1 } });
    expect([asked.train.rows, asked.validation?.rows]).toEqual([3, 1]);
    const drawn = [0, 1, 2, 3, 4, 5].map((seed) => open('a.npz', 'npz', { split: { validation: 1, seed } }));
    expect(new Set((await Promise.all(drawn)).map(({ validation }) => String(validation?.labels))).size).toBe(2);
    await writeFile(join(home, 'm.npy'), npyBytes('|u1', [2, 3], Uint8Array.of(1, 2, 0, 3, 4, 1)));
    expect((await open('m.npy', 'npy')).train).toMatchObject({ rows: 2, shape: [2] });
  });

  it('is known by all that is asked of it: the same again is the same object, and nothing else is', async () => {
    const lines = Array.from({ length: 30 }, (_, row) => `${row},${row % 7 === 0 ? 'a' : row % 2 === 0 ? 'b' : 'c'}`);
    await writeFile(join(home, 't.csv'), `x,y\n${lines.join('\n')}`);
    const split = { validation: 9 };
    const asked: readonly Partial<DataConfig>[] = [
      { split },
      { split: { ...split, stratified: true } },
      { split, prepare: [{ type: 'standardize' }] },
      { split, prepare: [{ type: 'min_max' }] },
      { split, classes: [0, 1] },
      { split, classes: [1, 0] },
      { split, scale: 'none' },
      { split, prepare: [{ type: 'drop_rows', missing: false, equals: [], above: 20 }] },
    ];
    const opened = [];
    for (const more of asked) {
      const data = await open('t.csv', 'csv', more);
      expect(await open('t.csv', 'csv', more)).toBe(data);
      opened.push(data);
    }
    const [plain, stratified, standardized, scaled, two, swapped, , dropped] = opened;
    expect(new Set(opened).size).toBe(asked.length);
    expect(stratified!.validation!.labels).not.toEqual(plain!.validation!.labels);
    expect(standardized!.preprocessing).not.toEqual(scaled!.preprocessing);
    expect([plain, two, swapped].map((data) => data!.classes)).toEqual([
      ['a', 'b', 'c'],
      ['a', 'b'],
      ['b', 'a'],
    ]);
    expect(dropped!.train.rows).toBe(12);
  });

  it('is a folder of images at the size asked for, or an archive of it', async () => {
    const files: Record<string, Buffer> = {};
    for (const name of ['a', 'b']) {
      const pixels = { width: 4, height: 6, channels: 3, background: name === 'a' ? 'red' : 'blue' } as const;
      files[`${name}/1.png`] = await sharp({ create: pixels }).png().toBuffer();
      await mkdir(join(home, 'photos', name), { recursive: true });
      await writeFile(join(home, 'photos', name, '1.png'), files[`${name}/1.png`]!);
    }
    await writeFile(join(home, 'photos.zip'), zipOf(files));
    const asked = { size: [3, 2], channels: 3 } as const;
    const [folder, archive] = [await open('photos', 'images', asked), await open('photos.zip', 'images', asked)];
    expect(folder.train).toMatchObject({ rows: 2, shape: [3, 3, 2] });
    expect(archive.hash).toBe(folder.hash);
    expect((await open('photos', 'images')).train.shape).toEqual([3, 6, 4]);
  });
});
