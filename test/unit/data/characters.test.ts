import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  CHARACTERS_TEST_ROWS,
  CHARACTERS_TRAIN_ROWS,
  openCharacters,
} from '../../../agent/data/characters/characters.ts';
import { CHARACTERS, drawCharacter } from '../../../agent/data/characters/draw.ts';
import { isStored, readRows } from '../../../agent/data/data-set.ts';
import type { Examples } from '../../../agent/engine/port.ts';

let cacheDir: string;
beforeAll(async () => {
  cacheDir = await mkdtemp(join(tmpdir(), 'sower-characters-'));
});
afterAll(() => rm(cacheDir, { recursive: true, force: true }));

const open = (more: { readonly memoryBytes?: number; readonly channels?: 1 | 3 } = {}) =>
  openCharacters({ size: [24, 20], cacheDir, ...more });

describe('characters', () => {
  it('are the same bytes on every machine, in as many rows of each class', async () => {
    const data = await open();
    expect(data.hash).toBe('fc5b5b593e92b1ab3e9fe6e543f4b552a38f0b3074893aedafc49dd17c48a56a');
    expect(data.train).toMatchObject({ rows: CHARACTERS_TRAIN_ROWS, shape: [3, 24, 20] });
    for (const [part, each] of [
      [data.train, 40],
      [data.test!, 10],
    ] as const) {
      const counts = new Array(36).fill(0);
      for (const label of part.labels) counts[label]++;
      expect(counts).toEqual(new Array(36).fill(each));
    }
    expect([CHARACTERS_TRAIN_ROWS, CHARACTERS_TEST_ROWS]).toEqual([1440, 360]);
  });

  it('are drawn once, then come from the cache, in memory or on disk', async () => {
    const [drawn, stored] = [await open(), await open({ memoryBytes: 1000 })];
    expect(isStored(stored.train)).toBe(true);
    expect(stored.hash).toBe(drawn.hash);
    expect(await readRows(stored.train, Int32Array.of(5))).toEqual(await readRows(drawn.train, Int32Array.of(5)));
    expect(await readdir(join(cacheDir, 'rows'))).toHaveLength(2);
  });

  it('are 64 x 64 and in colour unless told otherwise, or grey', async () => {
    expect((await openCharacters({ cacheDir })).train.shape).toEqual([3, 64, 64]);
    expect((await open({ channels: 1 })).train.shape).toEqual([24, 20]);
  });

  it('stand out from their paper at every size, and no two are alike', () => {
    const contrastOf = (part: string, row: number, size: number) => {
      const form = { height: size, width: size, channels: 3 } as const;
      const coverage = new Float64Array(size * size);
      const pixels = new Uint8Array(3 * size * size);
      drawCharacter(part, row, row % CHARACTERS.length, form, coverage, pixels);
      let [ink, inked, paper, bare] = [0, 0, 0, 0];
      for (const [pixel, cover] of coverage.entries()) {
        const light = pixels[pixel]! + pixels[pixel + size * size]! + pixels[pixel + 2 * size * size]!;
        if (cover === 1) [ink, inked] = [ink + light, inked + 1];
        if (cover === 0) [paper, bare] = [paper + light, bare + 1];
      }
      return { contrast: Math.abs(ink / inked - paper / bare) / 3, inked: inked / coverage.length, pixels };
    };
    for (let row = 0; row < 36; row++) {
      for (const size of [28, 96]) {
        const { contrast, inked } = contrastOf('train', row, size);
        expect(contrast).toBeGreaterThan(30);
        expect(inked).toBeGreaterThan(0.004);
        expect(inked).toBeLessThan(0.4);
      }
    }
    const seen = ['train', 'test'].flatMap((part) => [0, 36, 72].map((row) => contrastOf(part, row, 28).pixels));
    expect(new Set(seen.map((pixels) => Buffer.from(pixels).toString('hex'))).size).toBe(6);
  });

  it('leave no class without a style of its own', async () => {
    const { features, labels } = (await open()).train as Examples;
    const first = new Map<number, string>();
    for (const [row, label] of labels.entries()) {
      if (!first.has(label))
        first.set(label, Buffer.from(features.subarray(row * 1440, (row + 1) * 1440)).toString('hex'));
    }
    expect(new Set(first.values()).size).toBe(36);
  });
});
