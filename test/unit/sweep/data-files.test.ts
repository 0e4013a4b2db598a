import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { readTrain } from '../../../shared/sweep/resolve.ts';
import { knownData } from '../../../shared/sweep/train/known-data.ts';
import type { TrainConfig } from '../../../shared/sweep/train.ts';

const read = (data: string) =>
  readTrain({
    data: parse(data),
    model: [{ dense: { units: 2 } }],
    loss: 'cross_entropy',
    optimizer: { sgd: { lr: 0.1 } },
    batch_size: 32,
    epochs: 1,
  });

function configOf(data: string): TrainConfig['data'] {
  const result = read(data);
  if ('findings' in result) throw new Error(JSON.stringify(result.findings));
  return (result.config as TrainConfig).data;
}

const faultsOf = (data: string) => {
  const result = read(data);
  return 'findings' in result ? result.findings.map(({ code, path, message }) => [code, path.join('.'), message]) : [];
};

describe('train.data of a file', () => {
  it('takes name and format from its ending', () => {
    expect(configOf('{file: tables/pima-dirty.csv.gz}')).toMatchObject({
      name: 'pima-dirty',
      file: { path: 'tables/pima-dirty.csv.gz', format: 'csv', predict: 'classes', columns: {} },
    });
    expect(configOf('{url: "https://example.org/a/b.npz?download=1"}')).toMatchObject({
      name: 'b',
      file: { url: 'https://example.org/a/b.npz?download=1', format: 'npz' },
    });
    expect(configOf('{file: photos/}')).toMatchObject({ name: 'photos', file: { format: 'images' } });
    expect(configOf('{file: x.dat, format: tsv}').file).toMatchObject({ format: 'tsv' });
    const sha256 = 'ab'.repeat(32);
    expect(configOf(`{sha256: ${sha256}, format: npy}`)).toMatchObject({ name: 'abababababab', file: { sha256 } });
  });

  it('keeps every option as written', () => {
    const text = `
      file: t.csv
      target: price
      predict: numbers
      columns: {a: category, b: ignore}
      delimiter: ";"
      header: false
      split: {train: 0.7, validation: 0.1, test: 0.2}`;
    expect(configOf(text)).toMatchObject({
      file: {
        target: 'price',
        predict: 'numbers',
        columns: { a: 'category', b: 'ignore' },
        delimiter: ';',
        header: false,
      },
      split: { train: 0.7, validation: 0.1, test: 0.2 },
    });
    expect(configOf('{file: photos, size: 32, channels: 3}')).toMatchObject({ size: [32, 32], channels: 3 });
  });

  it('reads the steps in their order, and leaves out those that are none', () => {
    const text = `
      file: t.csv
      prepare:
        - coerce: {values: ["?"]}
        - none
        - drop_rows: {columns: [a], missing: true, above: 100}
        - impute: {strategy: constant, value: 3, columns: [b]}
        - impute: {strategy: median}
        - standardize
        - encode: {method: one_hot}
        - oversample: {method: smote}
        - oversample: {method: none}`;
    expect(configOf(text).prepare).toEqual([
      { type: 'coerce', values: ['?'] },
      { type: 'drop_rows', columns: ['a'], missing: true, equals: [], above: 100 },
      { type: 'impute', strategy: 'constant', value: 3, columns: ['b'] },
      { type: 'impute', strategy: 'median' },
      { type: 'standardize' },
      { type: 'encode', method: 'one_hot' },
      { type: 'oversample', method: 'smote', neighbors: 5 },
    ]);
    const images = 'file: photos\nprepare: [{augment: {flip: horizontal}}, {augment: {shift: 0}}]';
    expect(configOf(images).prepare).toEqual([{ type: 'augment', flip: 'horizontal', shift: 0, rotate: 0 }]);
  });

  it('must name data, and once', () => {
    expect(faultsOf('{split: {validation: 0.2}}')).toEqual([['E_SWEEP_MISSING', 'train.data', 'names no data']]);
    expect(faultsOf('{name: digits, file: t.csv}')).toEqual([
      ['E_SWEEP_VALUE', 'train.data.file', 'is said of a file, but the data is named'],
    ]);
    expect(faultsOf('{sha256: abc}').map(([code]) => code)).toEqual(['E_SWEEP_TYPE']);
  });

  it('refuses steps for rows of another kind, and parts that the data brings', () => {
    const units =
      '{name: digits, classes: [0, 1], prepare: [{encode: {method: one_hot}}, {normalize: {mean: 0, sd: 1}}]}';
    expect(faultsOf(units)).toEqual([
      ['E_SWEEP_VALUE', 'train.data.prepare', 'encode is for the columns of a table, which digits is not'],
    ]);
    expect(faultsOf('{file: t.csv, prepare: [{augment: {flip: horizontal}}]}').map(([code]) => code)).toEqual([
      'E_SWEEP_VALUE',
    ]);
    expect(faultsOf('{name: digits, classes: [0, 1], split: {test: 0.2}}')).toEqual([
      ['E_SWEEP_VALUE', 'train.data.split.test', 'sets test rows aside, but digits has test rows of its own'],
    ]);
  });

  it('refuses shares that exceed the whole', () => {
    expect(faultsOf('{file: t.csv, split: {train: 0.8, validation: 0.2, test: 0.2}}')).toEqual([
      ['E_SWEEP_RANGE', 'train.data.split', 'the shares add up to 1.2'],
    ]);
  });

  it('takes a size where images are brought to one', () => {
    const characters = { name: 'characters', file: null };
    expect(knownData({ ...characters, size: [128, 96] })?.inputShape).toEqual([3, 128, 96]);
    expect(knownData({ ...characters, channels: 1, classes: [3, 4] })).toEqual({
      ...{ classes: 2, trainingRows: null, inputShape: [64, 64], ownValidation: false },
    });
    expect(configOf('{file: photos.zip, format: images, size: 32, channels: 3}')).toMatchObject({ size: [32, 32] });
    expect(faultsOf('{file: photos, size: [5000, 4000]}')).toEqual([
      ['E_SWEEP_RANGE', 'train.data.size', 'asks for 20000000 pixels an image, above the limit of 16777216'],
    ]);
    const message = (name: string) => `is for folders of images and characters, which ${name} is not`;
    expect(faultsOf('{name: mnist, size: 32}')).toContainEqual(['E_SWEEP_VALUE', 'train.data.size', message('mnist')]);
    expect(faultsOf('{file: a.npz, channels: 3}')).toEqual([['E_SWEEP_VALUE', 'train.data.channels', message('a')]]);
    const ofTables = 'is for tables (csv, tsv), which a is not';
    expect(faultsOf('{file: a.npz, target: y, columns: {b: ignore}}')).toEqual([
      ['E_SWEEP_VALUE', 'train.data.target', ofTables],
      ['E_SWEEP_VALUE', 'train.data.columns', ofTables],
    ]);
    expect(faultsOf('{file: photos, predict: numbers}')).toEqual([
      ['E_SWEEP_VALUE', 'train.data.predict', 'is numbers, but images are in folders of their classes'],
    ]);
  });
});
