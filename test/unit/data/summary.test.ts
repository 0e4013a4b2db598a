import { describe, expect, it } from 'vitest';
import type { DataSet } from '../../../agent/data/index.ts';
import { summarizeData } from '../../../agent/data/index.ts';
import { dataLines } from '../../../cli/reading/data-lines.ts';

/** Two training images of 2 x 2 pixels and a test image. */
const data: DataSet = {
  name: 'dots',
  hash: 'abc',
  classes: ['a', 'b'],
  train: { features: Uint8Array.of(0, 0, 0, 4, 4, 0, 4, 4), shape: [2, 2], labels: Int32Array.of(1, 0), rows: 2 },
  test: { features: Uint8Array.of(1, 1, 3, 3), shape: [2, 2], labels: Int32Array.of(1), rows: 1 },
  validation: null,
};

describe('the summary of a data set', () => {
  it('counts classes and measures values, part by part', async () => {
    const { parts, examples } = await summarizeData(data, 8);
    expect(parts).toEqual([
      { part: 'train', rows: 2, values: { mean: 2, sd: 2, min: 0, max: 4 }, classRows: [1, 1] },
      { part: 'test', rows: 1, values: { mean: 2, sd: 1, min: 1, max: 3 }, classRows: [0, 1] },
    ]);
    expect(examples.map(({ label }) => label)).toEqual(['b', 'a']);
  });

  it('is printed with images side by side, as many as fit', async () => {
    const summary = await summarizeData(data, 8);
    expect(dataLines(summary, 40)).toEqual([
      'dots: 2 training rows, 1 test rows; 2 x 2 uint8 values; 2 classes',
      'data hash abc',
      '',
      'values  mean  sd  min  max',
      'train      2   2    0    4',
      'test       2   1    1    3',
      '',
      'class  train  test',
      'a          1     0',
      'b          1     1',
      '',
      'b   a',
      ' +  @+',
    ]);
    expect(dataLines(summary, 5).slice(-2)).toEqual(['b', ' +']);
  });
});
