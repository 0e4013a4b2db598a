import { describe, expect, it } from 'vitest';
import { type DataSet, hashContents, type StoredRows, takeRows } from '../../../../agent/data/data-set.ts';
import { prepareData } from '../../../../agent/data/prepare/prepare.ts';
import type { AffinePreprocessing, Examples } from '../../../../agent/engine/port.ts';
import { describeError, type SowerError } from '../../../../shared/kernel/errors.ts';
import type { DataConfig, PrepareStep } from '../../../../shared/sweep/train/data-config.ts';

const config: DataConfig = { name: 'digits', file: null, split: {}, scale: 'unit', prepare: [] };

function dataOf(features: Examples['features'], shape: readonly number[], rows: number): DataSet {
  const train = { features, shape, labels: Int32Array.from({ length: rows }, (_, row) => row % 2), rows };
  const classes = ['a', 'b'];
  return { name: 'i', train, test: null, validation: null, classes, hash: hashContents(train, null, classes) };
}

const colours = dataOf(Uint8Array.of(0, 255, 0, 51, 10, 20, 0, 255, 102, 153, 30, 40), [3, 1, 2], 2);

/** What the model makes of the first row. */
async function firstRow(data: DataSet, prepare: readonly PrepareStep[], scale: DataConfig['scale'] = 'unit') {
  const prepared = (await prepareData(data, { ...config, scale, prepare })).data;
  const { shift, scale: factor } = prepared.preprocessing as AffinePreprocessing;
  const { features, shape } = prepared.train as Examples;
  const plane = shape.reduce((product, length) => product * length, 1) / (shape.length === 2 ? 1 : shape[0]!);
  const at = (list: number | readonly number[], i: number) =>
    typeof list === 'number' ? list : list[Math.floor(i / plane)]!;
  const length = plane * (shape.length === 2 ? 1 : shape[0]!);
  return Array.from(features.subarray(0, length), (x, i) => Number(((x - at(shift, i)) * at(factor, i)).toFixed(5)));
}

describe('images', () => {
  it('are handed on as they are, the same object, where no step changes them', async () => {
    expect((await prepareData(colours, config)).data).toBe(colours);
  });

  it('are normalized after they were scaled', async () => {
    const grey = dataOf(Uint8Array.of(0, 255, 51, 102), [1, 2], 2);
    expect(await firstRow(grey, [{ type: 'normalize', mean: 0.5, sd: 0.25 }])).toEqual([-2, 2]);
    expect(await firstRow(grey, [{ type: 'normalize', mean: 5, sd: 10 }], 'none')).toEqual([-0.5, 25]);
    expect(await firstRow(colours, [{ type: 'normalize', mean: [0, 0.5, 0], sd: [1, 0.1, 2] }])).toEqual([
      0,
      1,
      -5,
      -3,
      Number((10 / 510).toFixed(5)),
      Number((20 / 510).toFixed(5)),
    ]);
  });

  it('are normalized twice in the order of the steps', async () => {
    const grey = dataOf(Uint8Array.of(0, 255, 51, 102), [1, 2], 2);
    const steps: PrepareStep[] = [
      { type: 'normalize', mean: 0.5, sd: 0.25 },
      { type: 'normalize', mean: 1, sd: 3 },
    ];
    expect(await firstRow(grey, steps)).toEqual([-1, 0.33333]);
  });

  it('are standardized channel by channel, whatever scale they had', async () => {
    // Channel 0: 0, 255, 0, 255; channel 1: 0, 51, 102, 153; channel 2: 10, 20, 30, 40.
    const expected = [-1, 1, -1.34164, -0.44721, -1.34164, -0.44721];
    expect(await firstRow(colours, [{ type: 'standardize' }])).toEqual(expected);
    expect(await firstRow(colours, [{ type: 'normalize', mean: 3, sd: 7 }, { type: 'standardize' }])).toEqual(expected);
  });

  it('on disk have the same statistics', async () => {
    const train = colours.train as Examples;
    const read = async (indices: Int32Array) => takeRows(train, indices);
    const stored: StoredRows = { shape: train.shape, rows: train.rows, labels: train.labels, inputType: 'uint8', read };
    const steps = { ...config, prepare: [{ type: 'standardize' }] } as const;
    const fitted = (await prepareData({ ...colours, train: stored }, steps)).data.preprocessing;
    expect(fitted).toEqual((await prepareData(colours, steps)).data.preprocessing);
  });

  it('with a channel that is the same everywhere have zeros there, in words', async () => {
    const flat = dataOf(Float32Array.of(0.1, 0.1, 1, 2, 0.1, 0.1, 3, 4), [2, 1, 2], 2);
    const { notes } = await prepareData(flat, { ...config, prepare: [{ type: 'standardize' }] });
    expect(notes).toEqual([`channel 0 is ${Math.fround(0.1)} in all training rows: standardize leaves only zeros`]);
    expect((await firstRow(flat, [{ type: 'standardize' }])).slice(0, 2)).toEqual([0, 0]);
  });

  it('with another number of channels are refused', async () => {
    const step: PrepareStep = { type: 'normalize', mean: [0.1, 0.2], sd: 1 };
    const refusal = prepareData(colours, { ...config, prepare: [step] }).catch((error: SowerError) =>
      describeError(error),
    );
    expect(await refusal).toBe(
      'E_DATA_CHANNELS train.data.prepare, normalize: mean has 2 entries, but the images have 3 channels; give one number for all, or one for each channel',
    );
  });
});

describe('arrays of features', () => {
  it('are standardized feature by feature', async () => {
    const rows = dataOf(Float32Array.of(1, 10, 3, 10.5, 5, 11), [2], 3);
    expect(await firstRow(rows, [{ type: 'standardize' }])).toEqual([-1.22474, -1.22474]);
  });

  it('are normalized as they are where they are no bytes', async () => {
    const rows = dataOf(Float32Array.of(3, 10), [2], 1);
    expect(await firstRow(rows, [{ type: 'normalize', mean: [1, 4], sd: 2 }])).toEqual([1, 3]);
  });

  it('have no columns that a step could name', async () => {
    const named = prepareData(colours, { ...config, prepare: [{ type: 'standardize', columns: ['a'] }] });
    await expect(named).rejects.toMatchObject({
      code: 'E_DATA_COLUMN',
      message: 'standardize names columns, but i is no table',
    });
  });
});
