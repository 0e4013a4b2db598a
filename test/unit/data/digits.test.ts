import { mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DIGITS_HASH, DIGITS_TRAIN_ROWS, drawAllDigits, openDigits } from '../../../agent/data/digits/digits.ts';
import { drawDigits } from '../../../agent/data/digits/draw.ts';
import { DATA_SETS } from '../../../shared/sweep/index.ts';

describe('digits', () => {
  let cacheDir: string;
  beforeEach(async () => {
    cacheDir = await mkdtemp(join(tmpdir(), 'sower-digits-'));
  });
  afterEach(() => rm(cacheDir, { recursive: true, force: true }));

  it('are the same bytes on every machine', () => {
    expect(drawAllDigits().hash).toBe(DIGITS_HASH);
  });

  it('have as many rows as sweep files are checked against', () => {
    expect(DATA_SETS.digits.trainingRows).toBe(DIGITS_TRAIN_ROWS);
  });

  it('hold every class equally often, shuffled', () => {
    const { labels, rows } = drawDigits('train', 1000);
    const counts = new Array<number>(10).fill(0);
    for (const label of labels) counts[label]!++;
    expect(counts).toEqual(new Array(10).fill(100));
    const followers = labels.filter((label, row) => row > 0 && label === (labels[row - 1]! + 1) % 10).length;
    expect(followers).toBeLessThan(rows / 5);
  });

  it('are all inked and all different', () => {
    const { features, rows } = drawDigits('test', 500);
    const images = Array.from({ length: rows }, (_, row) => features.subarray(row * 784, (row + 1) * 784));
    // The grain alone never reaches 96.
    for (const image of images) expect(image.filter((value) => value >= 96).length).toBeGreaterThan(5);
    expect(new Set(images.map((image) => Buffer.from(image).toString('base64'))).size).toBe(rows);
  });

  it('come back from the cache as they were drawn', async () => {
    const drawn = await openDigits(cacheDir);
    const cached = await openDigits(cacheDir);
    expect(await readdir(cacheDir)).toEqual([`digits-${DIGITS_HASH.slice(0, 12)}.bin`]);
    expect(cached.hash).toBe(drawn.hash);
    expect(Buffer.compare(cached.train.features as Uint8Array, drawn.train.features as Uint8Array)).toBe(0);
    expect(cached.test?.labels).toEqual(drawn.test?.labels);
  });

  it('are drawn again where the cached copy is damaged', async () => {
    await openDigits(cacheDir);
    const path = join(cacheDir, (await readdir(cacheDir))[0]!);
    const intact = await readFile(path);
    const damaged = Buffer.from(intact);
    damaged[1234]! ^= 1;
    await writeFile(path, damaged);
    expect((await openDigits(cacheDir)).hash).toBe(DIGITS_HASH);
    expect(Buffer.compare(await readFile(path), intact)).toBe(0);
    await truncate(path, 1000);
    expect((await openDigits(cacheDir)).hash).toBe(DIGITS_HASH);
  });

  it('open without a cache folder that can be written', async () => {
    await writeFile(join(cacheDir, 'file'), '');
    expect((await openDigits(join(cacheDir, 'file'))).hash).toBe(DIGITS_HASH);
  });

  it('open in two slots at once', async () => {
    const both = await Promise.all([openDigits(cacheDir), openDigits(cacheDir)]);
    expect(both.map((data) => data.hash)).toEqual([DIGITS_HASH, DIGITS_HASH]);
    expect(await readdir(cacheDir)).toHaveLength(1);
  });
});
