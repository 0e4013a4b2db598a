import { describe, expect, it } from 'vitest';
import { type Picture, pictureLines, shrink } from '../../../cli/output/pixels.ts';

const grey = (width: number, height: number, values: readonly number[]): Picture => ({
  width,
  height,
  planes: [Float32Array.from(values)],
});

describe('a picture in a terminal', () => {
  it('is ink where there is no colour; an odd last row stands alone', () => {
    expect(pictureLines(grey(2, 3, [0, 1, 0, 1, 1, 1]), false)).toEqual([' @', '++']);
  });

  it('has its colours in half blocks, each said where it changes', () => {
    const planes = [
      [1, 1],
      [0, 0],
      [0, 0.5],
    ].map((values) => Float32Array.from(values));
    // 16 + 36 * 5 is red; half of blue is the fourth of its six steps.
    expect(pictureLines({ width: 2, height: 1, planes }, true)).toEqual([
      '\u001b[38;5;196m▀\u001b[38;5;199m▀\u001b[0m',
    ]);
  });

  it('is averaged in squares where it is too large', () => {
    const large = grey(4, 2, [0, 1, 0.5, 0.5, 1, 0, 0.5, 0.5]);
    expect(shrink(large, 2)).toEqual(grey(2, 1, [0.5, 0.5]));
    expect(shrink(large, 4)).toEqual(large);
    expect(shrink(grey(3, 1, [0, 1, 0.25]), 2)).toEqual(grey(2, 1, [0.5, 0.25]));
  });
});
