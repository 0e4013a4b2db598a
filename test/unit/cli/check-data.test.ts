import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { checkAgainstData } from '../../../cli/running/check-data.ts';
import { loadSweep } from '../../../cli/running/load-sweep.ts';
import { pinData } from '../../../cli/running/pin-data.ts';
import { modelVariants } from '../../../shared/sweep/index.ts';
import { npyBytes } from '../../support/npy-bytes.ts';
import { zipOf } from '../../support/zip-bytes.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sower-check-data-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const TABLE = [
  'size,colour,kind',
  ...Array.from({ length: 12 }, (_, i) => `${i},${'rgb'[i % 3]},${i % 2 ? 'a' : 'b'}`),
];

/** A sweep over encodings of the table, whose last layer has `units`. */
const SWEEP = (units: number, metric = 'val_loss') => `name: t
method: grid
metric: {name: ${metric}}
parameters: {how: {values: [label, one_hot]}}
train:
  data: {file: t.csv, split: {validation: 4}, prepare: [{encode: {method: "\${how}"}}]}
  model: [{dense: {units: ${units}}}]
  loss: cross_entropy
  optimizer: adam
  batch_size: 4
  epochs: 1
`;

async function check(sweep: string, table = TABLE.join('\n')) {
  const file = join(folder, 'sweep.yaml');
  await writeFile(file, sweep);
  await writeFile(join(folder, 't.csv'), table);
  const places = { dataDir: null, cacheDir: join(folder, 'cache') };
  const pinned = await pinData(await loadSweep(file), { ...places, file, notify: () => undefined });
  return { pinned, ...(await checkAgainstData(pinned, file, places)) };
}

describe('a sweep and the table it names', () => {
  it('gives its models the shapes that its encodings lead to', async () => {
    const { faults, know, pinned } = await check(SWEEP(2));
    expect(faults).toEqual([]);
    const { variants } = modelVariants(pinned.valid.spec);
    expect(variants).toEqual([]);
    const source = { ...pinned.valid.spec, train: (await loadSweep(join(folder, 'sweep.yaml'))).valid.spec.train };
    const shapes = modelVariants(source, know).variants.map(({ layers }) => layers[0]?.inputShape);
    expect(shapes).toEqual([[2], [4]]);
  });

  it('is refused where the model has not a score for each class of the table, at the layer', async () => {
    const { faults } = await check(SWEEP(3));
    expect(faults.map(({ code, where }) => [code, where])).toEqual([
      ['E_MODEL_SHAPE', `${join(folder, 'sweep.yaml')}:7:11`],
    ]);
    expect(faults[0]?.message).toContain('the data has 2 classes: [2]');
  });

  it('is asked whether its many classes named by numbers are numbers to predict', async () => {
    const fixes = async (kind: (i: number) => string) => {
      const rows = Array.from({ length: 80 }, (_, i) => `${i},${'rgb'[i % 3]},${kind(i % 40)}`);
      return (await check(SWEEP(2), ['size,colour,kind', ...rows].join('\n'))).faults.map(({ fix }) => fix);
    };
    const units = 'end the model with `- dense: {units: 40}`';
    expect(await fixes((i) => `k${i}`)).toEqual([units]);
    expect(await fixes((i) => `${i}.5`)).toEqual([
      `${units}, or, to predict the number itself, say predict: numbers in train.data and use the loss mse`,
    ]);
  });

  it('is refused where the model gives more numbers than the table has to predict', async () => {
    const numbers = SWEEP(2).replace('file: t.csv', 'file: t.csv, target: size, predict: numbers');
    const text = numbers.replace('loss: cross_entropy', 'loss: mse');
    const { faults } = await check(text);
    expect(faults.map(({ code, message, fix }) => [code, message, fix])).toEqual([
      [
        'E_MODEL_SHAPE',
        'train.model[0]: layer 0 (dense) is the last and gives scores of shape [2], but the data has 1 number to predict for each row: [1]',
        'end the model with `- dense: {units: 1}`',
      ],
    ]);
    expect((await check(text.replace('units: 2', 'units: 1'))).faults).toEqual([]);
  });

  it('is refused where the table cannot say what the metric measures', async () => {
    const { faults } = await check(SWEEP(2, 'val_r2'));
    expect(faults.map(({ message }) => message)).toEqual(['metric.name: val_r2 cannot be measured: t has 2 classes']);
  });

  it('is not oversampled for the sake of its shapes', async () => {
    // More classes of one row than validation takes rows, so that some are left to train on: too few for neighbours.
    const single = TABLE.map((line, i) => (i >= 1 && i <= 5 ? line.replace(/,.$/, `,rare${i}`) : line));
    const smote = SWEEP(7).replace('"}}]', '"}}, {oversample: {method: smote}}]');
    expect((await check(smote, single.join('\n'))).faults).toEqual([]);
  });

  it('is refused where its metric needs validation rows, unless they come with the data', async () => {
    const text = SWEEP(2)
      .replace(/data: .*/, 'data: {file: a.npz}')
      .replace('{how: {values: [label, one_hot]}}', '{}');
    const u1 = (shape: readonly number[], ...values: number[]) => npyBytes('|u1', shape, Uint8Array.from(values));
    const rows = (part: string) => ({ [`x_${part}.npy`]: u1([2, 1], 1, 2), [`y_${part}.npy`]: u1([2], 0, 1) });
    await writeFile(join(folder, 'a.npz'), zipOf(rows('train')));
    expect((await check(text)).faults.map(({ message, fix }) => [message, fix])).toEqual([
      [
        'metric.name: val_loss needs validation rows, but train.data sets none aside',
        'add split: {validation: 0.2} to train.data, or choose train_loss',
      ],
    ]);
    await writeFile(join(folder, 'a.npz'), zipOf({ ...rows('train'), ...rows('val') }));
    expect((await check(text)).faults).toEqual([]);
    expect((await check(text.replace('{file: a.npz}', 'octmnist').replace('units: 2', 'units: 4'))).faults).toEqual([]);
  });

  it('is refused for a fault of the table, at its line', async () => {
    const { faults } = await check(SWEEP(2), [...TABLE.slice(0, 5), 'one,too,many,cells'].join('\n'));
    expect(faults.map(({ code, where }) => [code, where?.endsWith('t.csv:6')])).toEqual([['E_DATA_ROW', true]]);
  });
});
