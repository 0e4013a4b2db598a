import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { keepClasses } from '../../../agent/data/class-subset.ts';
import { type DataSet, hashContents, type RawDataSet, readRows } from '../../../agent/data/data-set.ts';
import { splitData } from '../../../agent/data/split.ts';
import { openStoredRows } from '../../../agent/data/stored-rows.ts';
import { describeUntrained } from '../../../agent/data/untrained-classes.ts';
import type { Examples } from '../../../agent/engine/port.ts';

let home: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'sower-classes-'));
});
afterEach(() => rm(home, { recursive: true, force: true }));

/** Rows of one feature, which is the row's number. */
function labelled(labels: readonly number[]): Examples {
  const features = Uint8Array.from(labels.keys());
  return { features, shape: [1], labels: Int32Array.from(labels), rows: labels.length };
}

function letters(train: readonly number[], test: readonly number[]): RawDataSet {
  const [rows, classes] = [labelled(train), ['a', 'b', 'c']];
  const tested = labelled(test);
  return { name: 'letters', train: rows, test: tested, classes, hash: hashContents(rows, tested, classes) };
}

const whole = (raw: RawDataSet): DataSet => ({ ...raw, validation: null });

describe('classes of a data set', () => {
  it('are others where the columns of a table mean something else', async () => {
    const named = (category: string) => ({
      ...letters([0, 1, 2], [1]),
      columns: [{ name: 'colour', type: 'category' as const, categories: ['blue', category, 'red'] }],
    });
    const hashes = ['green', 'grey', 'green'].map(
      async (category) => (await keepClasses(named(category), [0, 1])).hash,
    );
    const [green, grey, again] = await Promise.all(hashes);
    expect(again).toBe(green);
    expect(grey).not.toBe(green);
  });

  it('that are kept are numbered anew in the order asked for, with their names and a hash of their own', async () => {
    const raw = letters([0, 1, 2, 2, 0], [1, 2]);
    const kept = await keepClasses(raw, [2, 0]);
    expect(kept.classes).toEqual(['c', 'a']);
    expect(kept.train).toMatchObject({
      rows: 4,
      features: Uint8Array.of(0, 2, 3, 4),
      labels: Int32Array.of(1, 0, 0, 1),
    });
    expect(kept.test).toMatchObject({ rows: 1, features: Uint8Array.of(1), labels: Int32Array.of(0) });
    expect(new Set([raw.hash, kept.hash, (await keepClasses(raw, [0, 2])).hash]).size).toBe(3);
  });

  it('that are kept are those of the validation rows too', async () => {
    const raw = { ...letters([0, 1, 2], [1, 2]), validation: labelled([2, 1, 2]) };
    const kept = await keepClasses(raw, [2, 0]);
    expect(kept.validation).toMatchObject({ rows: 2, labels: Int32Array.of(0, 0) });
    expect(kept.hash).not.toBe((await keepClasses({ ...raw, validation: null }, [2, 0])).hash);
  });

  it('are the same where the rows stay on disk', async () => {
    const raw = letters([0, 1, 2, 2, 0], [1, 2]);
    const path = join(home, 'rows');
    await writeFile(path, raw.train.features);
    const stored = openStoredRows({ ...raw.train, path, inputType: 'uint8', offsetBytes: 0 });
    const [onDisk, held] = [await keepClasses({ ...raw, train: stored }, [2, 0]), await keepClasses(raw, [2, 0])];
    expect(onDisk.hash).toBe(held.hash);
    expect(await readRows(onDisk.train, Int32Array.of(3, 1))).toEqual(await readRows(held.train, Int32Array.of(3, 1)));
  });

  it('of which no row is at hand are refused', async () => {
    await expect(keepClasses(letters([0, 0], [1, 2]), [1, 2])).rejects.toMatchObject({ code: 'E_DATA_CLASSES' });
    await expect(keepClasses(letters([0, 1], [1, 2]), [1, 3])).rejects.toThrow('letters has no class 3');
  });

  it('that only the test rows show are called out', () => {
    expect(describeUntrained(whole(letters([0, 2], [0, 1, 1, 2])))).toEqual([
      '2 of 4 test rows are of classes that no training row shows: b',
    ]);
    expect(describeUntrained(whole(letters([0, 1, 2], [0, 1])))).toEqual([]);
    expect(describeUntrained({ ...whole(letters([0, 1], [0])), validation: labelled([2, 1]) })).toEqual([
      '1 of 2 validation rows are of classes that no training row shows: c',
    ]);
  });
});

describe('a stratified split', () => {
  it('gives each part the classes in the shares of the whole, each row once', () => {
    const labels = Array.from({ length: 200 }, (_, row) => (row < 20 ? 2 : row < 80 ? 1 : 0));
    const { train, validation } = splitData(letters(labels, [0]), { train: 0.5, validation: 0.25, stratified: true });
    const countsOf = (part: Examples | null) =>
      [0, 1, 2].map((c) => part!.labels.filter((label: number) => label === c).length);
    for (const [part, expected] of [
      [train, [60, 30, 10]],
      [validation, [30, 15, 5]],
    ] as const) {
      for (const [label, count] of countsOf(part).entries())
        expect(Math.abs(count - expected[label]!)).toBeLessThanOrEqual(1);
    }
    const rows = [...train.features, ...validation!.features];
    expect([rows.length, new Set(rows).size]).toEqual([150, 150]);
    for (const part of [train, validation!]) {
      expect([...part.labels]).toEqual(Array.from(part.features, (row) => labels[row]));
    }
  });
});
