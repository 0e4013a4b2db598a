import { describe, expect, it } from 'vitest';
import { augmentedRows } from '../../../agent/data/augment/augmented-rows.ts';
import { type AugmentStep, drawTransform } from '../../../agent/data/augment/draw-transform.ts';
import { type ImageTransform, transformImage } from '../../../agent/data/augment/image-transform.ts';
import type { Examples } from '../../../agent/engine/port.ts';
import { stored } from '../../contract/engine-nets.ts';
import { learnableExamples } from '../../support/learnable-examples.ts';

const STILL: ImageTransform = { mirrorColumns: false, mirrorRows: false, shift: [0, 0], degrees: 0 };

/** Rows of an image of one channel, or of several one after the other. */
function changed(image: readonly (readonly number[])[], change: Partial<ImageTransform>, channels = 1): number[][] {
  const width = image[0]!.length;
  const size = { channels, height: image.length / channels, width };
  const into = new Uint8Array(image.length * width).fill(99);
  transformImage(Uint8Array.from(image.flat()), size, { ...STILL, ...change }, into);
  return image.map((_, row) => [...into.subarray(row * width, (row + 1) * width)]);
}

const IMAGE = [
  [1, 2, 3],
  [4, 5, 6],
];

const SQUARE = [
  [1, 2, 3],
  [4, 5, 6],
  [7, 8, 9],
];

describe('a changed image', () => {
  it('is the same where nothing is asked for', () => {
    expect(changed(IMAGE, {})).toEqual(IMAGE);
  });

  it('is mirrored, shifted with zeros behind it, or both', () => {
    expect(changed(IMAGE, { mirrorColumns: true })).toEqual([
      [3, 2, 1],
      [6, 5, 4],
    ]);
    expect(changed(IMAGE, { mirrorRows: true })).toEqual([IMAGE[1], IMAGE[0]]);
    expect(changed(IMAGE, { shift: [1, 0] })).toEqual([
      [0, 1, 2],
      [0, 4, 5],
    ]);
    expect(changed(IMAGE, { shift: [-2, 1] })).toEqual([
      [0, 0, 0],
      [3, 0, 0],
    ]);
    expect(changed(IMAGE, { mirrorColumns: true, mirrorRows: true, shift: [-1, -1] })).toEqual([
      [2, 1, 0],
      [0, 0, 0],
    ]);
    expect(changed(IMAGE, { shift: [3, 0] })).toEqual([
      [0, 0, 0],
      [0, 0, 0],
    ]);
    expect(changed(IMAGE, { shift: [0, -5] })).toEqual([
      [0, 0, 0],
      [0, 0, 0],
    ]);
  });

  it('is turned clockwise about its centre', () => {
    const quarter = [
      [7, 4, 1],
      [8, 5, 2],
      [9, 6, 3],
    ];
    expect(changed(SQUARE, { degrees: 90 })).toEqual(quarter);
    expect(changed(SQUARE, { degrees: 180 })).toEqual(changed(SQUARE, { mirrorColumns: true, mirrorRows: true }));
    expect(changed(SQUARE, { degrees: -270 })).toEqual(quarter);
    expect(changed(SQUARE, { degrees: 360 })).toEqual(SQUARE);
    // A wide image turned by a quarter: its outer columns fall out, and rows of zeros come in.
    expect(changed([[1, 2, 3]], { degrees: 90 })).toEqual([[0, 2, 0]]);
    expect(changed(IMAGE, { degrees: 180 })).toEqual([
      [6, 5, 4],
      [3, 2, 1],
    ]);
  });

  it('is mirrored first, then turned, then shifted', () => {
    const turned = changed(changed(SQUARE, { mirrorColumns: true }), { degrees: 90 });
    const moved = changed(turned, { shift: [1, -1] });
    expect(changed(SQUARE, { mirrorColumns: true, degrees: 90, shift: [1, -1] })).toEqual(moved);
  });

  it('is sampled between its pixels, zero beyond them, bytes rounded to the nearest', () => {
    const size = { channels: 1, height: 2, width: 2 };
    const transform = { ...STILL, degrees: 45 };
    const bright = Float32Array.of(1, 1, 1, 1);
    const into = new Float32Array(4);
    transformImage(bright, size, transform, into);
    // A corner, half a diagonal from the centre, comes from beside an edge: (0.5 - 0.207) of its line, and half of each row.
    const beyond = Math.SQRT1_2 - 0.5;
    for (const value of into) expect(value).toBeCloseTo(1 - beyond, 6);
    const bytes = new Uint8Array(4);
    transformImage(Uint8Array.of(200, 200, 200, 200), size, transform, bytes);
    expect([...bytes]).toEqual(Array(4).fill(Math.round(200 * (1 - beyond))));
    expect(200 * (1 - beyond) - Math.floor(200 * (1 - beyond))).toBeGreaterThan(0.5);
    transformImage(Uint8Array.of(255, 255, 255, 255), size, { ...STILL, degrees: 360 }, bytes);
    expect([...bytes]).toEqual([255, 255, 255, 255]);
  });

  it('keeps its mean where nothing leaves it, whatever the angle', () => {
    const size = { channels: 1, height: 21, width: 21 };
    const disc = Float32Array.from({ length: 441 }, (_, i) =>
      Math.hypot((i % 21) - 10, Math.floor(i / 21) - 10) < 7 ? 1 + Math.sin(i / 200) : 0,
    );
    const sumOf = (values: Float32Array) => values.reduce((sum, value) => sum + value, 0);
    for (const degrees of [3, 17, -45, 101, 179.5]) {
      const into = new Float32Array(441);
      transformImage(disc, size, { ...STILL, degrees }, into);
      // Its sharp edge falls between pixels.
      expect(Math.abs(sumOf(into) / sumOf(disc) - 1)).toBeLessThan(0.02);
      const back = new Float32Array(441);
      transformImage(into, size, { ...STILL, degrees: -degrees }, back);
      const inner = [...disc.keys()].filter((i) => Math.hypot((i % 21) - 10, Math.floor(i / 21) - 10) < 5);
      for (const i of inner) expect(back[i]).toBeCloseTo(disc[i]!, 1);
    }
  });

  it('changes all channels alike', () => {
    const two = [...SQUARE, ...SQUARE.map((row) => row.map((value) => value + 10))];
    for (const change of [{ mirrorRows: true, shift: [1, 0] }, { degrees: 90 }] as const) {
      const alone = changed(SQUARE, change);
      const raised = changed(
        SQUARE.map((row) => row.map((value) => value + 10)),
        change,
      );
      expect(changed(two, change, 2)).toEqual([...alone, ...raised]);
    }
  });
});

const step = (changes: Partial<AugmentStep>): AugmentStep => ({
  type: 'augment',
  flip: 'none',
  shift: 0,
  rotate: 0,
  ...changes,
});

describe('drawn changes', () => {
  const drawn = (of: AugmentStep) => Array.from({ length: 4000 }, (_, row) => drawTransform(of, 12345, row));

  it('are none where nothing is asked for', () => {
    expect(drawn(step({})).every((one) => JSON.stringify(one) === JSON.stringify(STILL))).toBe(true);
  });

  it('mirror half of the rows, columns and rows each by themselves', () => {
    const shareOf = (of: AugmentStep, is: (one: ImageTransform) => boolean) => drawn(of).filter(is).length / 4000;
    // Four standard errors of a fair coin over 4000 rows are 0.032.
    expect(Math.abs(shareOf(step({ flip: 'horizontal' }), (t) => t.mirrorColumns) - 0.5)).toBeLessThan(0.032);
    expect(shareOf(step({ flip: 'horizontal' }), (t) => t.mirrorRows)).toBe(0);
    expect(Math.abs(shareOf(step({ flip: 'vertical' }), (t) => t.mirrorRows) - 0.5)).toBeLessThan(0.032);
    expect(shareOf(step({ flip: 'vertical' }), (t) => t.mirrorColumns)).toBe(0);
    expect(Math.abs(shareOf(step({ flip: 'both' }), (t) => t.mirrorRows && t.mirrorColumns) - 0.25)).toBeLessThan(
      0.028,
    );
  });

  it('shift by every whole number of pixels up to the most, equally often, both ways by themselves', () => {
    const counts = new Map<string, number>();
    for (const { shift } of drawn(step({ shift: 2 }))) counts.set(`${shift}`, (counts.get(`${shift}`) ?? 0) + 1);
    expect(counts.size).toBe(25);
    const expected = 4000 / 25;
    const chi2 = [...counts.values()].reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
    // 24 degrees of freedom: beyond 51 once in a thousand.
    expect(chi2).toBeLessThan(51);
  });

  it('turn by any angle up to the largest, both ways', () => {
    const angles = drawn(step({ rotate: 10 })).map(({ degrees }) => degrees);
    expect(Math.max(...angles)).toBeLessThanOrEqual(10);
    expect(Math.min(...angles)).toBeGreaterThanOrEqual(-10);
    const mean = angles.reduce((sum, angle) => sum + angle, 0) / 4000;
    const variance = angles.reduce((sum, angle) => sum + angle ** 2, 0) / 4000;
    expect(Math.abs(mean)).toBeLessThan((4 * 5.774) / Math.sqrt(4000));
    expect(variance).toBeGreaterThan(31);
    expect(variance).toBeLessThan(36);
  });
});

describe('the changes of a row', () => {
  it('have nothing to do with each other, nor with those of the next row', () => {
    const all = Array.from({ length: 4001 }, (_, row) => {
      const { mirrorColumns, mirrorRows, shift, degrees } = drawTransform(
        step({ flip: 'both', shift: 3, rotate: 20 }),
        99,
        row,
      );
      return [Number(mirrorColumns), Number(mirrorRows), ...shift, degrees];
    });
    const series = [0, 1].flatMap((later) =>
      all[0]!.map((_, i) => standardized(Array.from({ length: 4000 }, (_row, row) => all[row + later]![i]!))),
    );
    for (const [i, first] of series.entries()) {
      for (const second of series.slice(i + 1)) {
        const correlation = first.reduce((sum, value, row) => sum + value * second[row]!, 0) / 4000;
        // Four standard errors over 4000 rows.
        expect(Math.abs(correlation)).toBeLessThan(4 / Math.sqrt(4000));
      }
    }
  });
});

const standardized = (values: readonly number[]): readonly number[] => {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const sd = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
  return values.map((value) => (value - mean) / sd);
};

describe('augmented rows', () => {
  const rows = learnableExamples({ rows: 40, side: 6, classes: 4, seed: 3 });
  const steps = [step({ flip: 'both', shift: 1, rotate: 15 })];
  const allOf = (from: number): Int32Array => Int32Array.from({ length: 40 }, (_, i) => from + i);
  const readAt = async (source: Examples | ReturnType<typeof stored>, epoch: number, seed = 7, of = steps) => {
    const augmented = augmentedRows(source as never, of, seed)!;
    return augmented.read(allOf(augmented.offsetOf(epoch)));
  };

  it('are none without a step that changes images', () => {
    expect(augmentedRows(rows, [{ type: 'standardize' }], 1)).toBeNull();
  });

  it('keep labels, type and shape; are the rows themselves where nothing changes', async () => {
    const still = await readAt(rows, 3, 7, [step({})]);
    expect(still).toEqual({ ...rows, features: rows.features });
    const moved = await readAt(rows, 3);
    expect(moved.features).toBeInstanceOf(Uint8Array);
    expect([moved.labels, moved.shape, moved.rows]).toEqual([rows.labels, rows.shape, 40]);
    const floats = { ...rows, features: Float32Array.from(rows.features) };
    expect((await readAt(floats, 3)).features).toBeInstanceOf(Float32Array);
  });

  it('depend on seed, epoch and row, and on nothing else', async () => {
    const expected = await readAt(rows, 5);
    expect(await readAt(rows, 5)).toEqual(expected);
    expect(await readAt(stored(rows), 5)).toEqual(expected);
    for (const [epoch, seed] of [
      [6, 7],
      [0, 7],
      [5, 8],
    ] as const) {
      expect((await readAt(rows, epoch, seed)).features).not.toEqual(expected.features);
    }
    const augmented = augmentedRows(rows, steps, 7)!;
    const some = Int32Array.of(17, 3, 39, 3).map((row) => row + augmented.offsetOf(5));
    const part = await augmented.read(some);
    [17, 3, 39, 3].forEach((row, i) => {
      expect(part.features.subarray(i * 36, (i + 1) * 36)).toEqual(
        expected.features.subarray(row * 36, (row + 1) * 36),
      );
      expect(part.labels[i]).toBe(rows.labels[row]);
    });
    expect(rows).toEqual(learnableExamples({ rows: 40, side: 6, classes: 4, seed: 3 }));
  });

  it('go through several steps in their order', async () => {
    const [mirror, shift] = [step({ flip: 'horizontal' }), step({ shift: 1 })];
    const both = await readAt(rows, 2, 7, [mirror, shift]);
    const once = await readAt(rows, 2, 7, [mirror]);
    expect(both.features).not.toEqual(once.features);
  });

  it('are drawn anew for each step, although it is the same', async () => {
    const mirror = step({ flip: 'horizontal' });
    const twice = await readAt(rows, 2, 7, [mirror, mirror]);
    expect(twice.features).not.toEqual(rows.features);
  });

  it('come again where row numbers run out', async () => {
    const augmented = augmentedRows(rows, steps, 7)!;
    const epochs = augmented.rows / 40;
    expect(augmented.rows).toBeLessThanOrEqual(2 ** 31);
    expect(augmented.offsetOf(epochs + 5)).toBe(augmented.offsetOf(5));
    const last = await augmented.read(allOf(augmented.offsetOf(epochs - 1)));
    expect(last.labels).toEqual(rows.labels);
  });

  it('are images', () => {
    expect(() => augmentedRows({ ...rows, shape: [36] }, steps, 1)).toThrow(
      expect.objectContaining({ code: 'E_DATA_SHAPE', message: expect.stringContaining('[36]') }),
    );
  });
});
