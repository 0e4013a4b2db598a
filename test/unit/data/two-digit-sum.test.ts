import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { hashContents, type RawDataSet, readRows } from '../../../agent/data/data-set.ts';
import { pairDigits } from '../../../agent/data/known/two-digit-sum.ts';
import { openData } from '../../../agent/data/open-data.ts';
import { openStoredRows } from '../../../agent/data/stored-rows.ts';
import type { Examples } from '../../../agent/engine/port.ts';
import { DATA_SETS } from '../../../shared/sweep/index.ts';

let home: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'sower-pairs-'));
});
afterEach(() => rm(home, { recursive: true, force: true }));

/** Images of 2 x 3 pixels; every pixel of an image is `first + 10 * row`, its label `row % 10`. */
function images(rows: number, first: number): Examples {
  const features = Uint8Array.from({ length: rows * 6 }, (_, i) => first + 10 * Math.floor(i / 6));
  return { features, shape: [2, 3], labels: Int32Array.from({ length: rows }, (_, row) => row % 10), rows };
}

function digits(): RawDataSet {
  const [train, test] = [images(12, 1), images(5, 2)];
  return { name: 'tiny', train, test, classes: null, hash: hashContents(train, test, null) };
}

describe('pairs of digits', () => {
  it('stand side by side, every digit once on each side, and their label is the sum', async () => {
    const { train, test, classes } = await pairDigits('two_digit_sum', digits());
    const { features, labels, shape, rows } = train as Examples;
    expect([rows, shape, classes?.length]).toEqual([12, [2, 6], 19]);
    const sides = { left: new Set<number>(), right: new Set<number>() };
    for (let row = 0; row < rows; row++) {
      const lines = [0, 1].map((line) => [...features.subarray(12 * row + 6 * line, 12 * row + 6 * line + 6)]);
      const [left, right] = [lines[0]![0]!, lines[0]![3]!];
      for (const line of lines) expect(line).toEqual([left, left, left, right, right, right]);
      expect(labels[row]).toBe((((left - 1) / 10) % 10) + (((right - 1) / 10) % 10));
      sides.left.add(left);
      sides.right.add(right);
    }
    expect([sides.left.size, sides.right.size]).toEqual([12, 12]);
    expect((test as Examples).features.every((pixel) => pixel % 10 === 2)).toBe(true);
  });

  it('are the same where the digits stay on disk', async () => {
    const whole = digits();
    const path = join(home, 'rows');
    await writeFile(path, whole.train.features);
    const { shape, labels, rows } = whole.train;
    const train = openStoredRows({ path, inputType: 'uint8', offsetBytes: 0, shape, labels, rows });
    const [stored, held] = [await pairDigits('pairs', { ...whole, train }), await pairDigits('pairs', whole)];
    expect(stored.hash).toBe(held.hash);
    const some = Int32Array.of(7, 0, 11);
    expect(await readRows(stored.train, some)).toEqual(await readRows(held.train, some));
  });

  it('of the built-in digits are what the sweep file promises, always', async () => {
    const folders = { dataDir: null, cacheDir: home };
    const data = await openData({ name: 'two_digit_sum', split: {}, scale: 'unit', file: null, prepare: [] }, folders);
    const { classes, inputShape, trainingRows } = DATA_SETS.two_digit_sum;
    expect([data.classes?.length, data.train.shape, data.train.rows]).toEqual([classes, inputShape, trainingRows]);
    expect(new Set(data.train.labels).size).toBe(19);
    expect(data.hash).toBe('57c2116f42a42d83070095c8c3380d333d6f03f3c1fd1537b08cb9308d3e2a55');
  });
});
