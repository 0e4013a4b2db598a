import { describe, expect, it } from 'vitest';
import { dataFilesOf, identifySweep, parseSweep, pinDataFiles } from '../../../shared/sweep/index.ts';

/** Of one parameter, `x`, whose values are `values`. */
const sweep = (data: string, values = '[0.1, 0.2]', lr: string | number = '"\u0024{x}"') =>
  parseSweep(
    `name: own
method: grid
metric: {name: train_loss, goal: minimize}
parameters: {x: {values: ${values}}}
train:
  data: ${data}
  model: [{dense: {units: 2}}]
  loss: cross_entropy
  optimizer: {sgd: {lr: ${lr}}}
  batch_size: 8
  epochs: 1
`,
    'own.yaml',
  );

const HASHES: Readonly<Record<string, string>> = { 'a.csv': 'a'.repeat(64), 'b.csv': 'b'.repeat(64) };

describe('files of data in a sweep', () => {
  it('are none where the data has a name', () => {
    expect(dataFilesOf(sweep('{name: digits, classes: [3, 5]}').spec)).toEqual([]);
    expect(dataFilesOf(sweep('{name: mnist, classes: [3, 5]}').spec)).toEqual([]);
  });

  it('are pinned beside where they are written, and become part of what the sweep is', () => {
    const { spec, hash } = sweep('{file: a.csv, target: y, split: {validation: 0.2}}');
    expect(dataFilesOf(spec)).toEqual([{ file: 'a.csv' }]);
    const pinned = (sha256: string) => identifySweep(pinDataFiles(spec, () => sha256));
    const [one, other] = ['1'.repeat(64), '2'.repeat(64)].map(pinned);
    expect(one?.spec.train).toMatchObject({ data: { file: 'a.csv', target: 'y', sha256: '1'.repeat(64) } });
    expect(new Set([hash, one?.hash, other?.hash]).size).toBe(3);
    expect(spec.train).not.toHaveProperty('data.sha256');
  });

  it('are pinned in the values of a parameter that is the data', () => {
    const { spec } = sweep('"\u0024{x}"', '[{label: raw, value: {file: a.csv}}, {file: b.csv}]', 0.1);
    expect(dataFilesOf(spec)).toEqual([{ file: 'a.csv' }, { file: 'b.csv' }]);
    const { distribution } = pinDataFiles(spec, ({ file }) => HASHES[file ?? ''] ?? '').parameters[0]!;
    expect(distribution).toMatchObject({
      values: [{ label: 'raw', value: { file: 'a.csv', sha256: HASHES['a.csv'] } }, { sha256: HASHES['b.csv'] }],
    });
  });

  it('cannot be put together from parameters', () => {
    const { spec } = sweep('{file: "\u0024{x}"}', '[a.csv, b.csv]', 0.1);
    expect(() => dataFilesOf(spec)).toThrow('"\u0024{x}" stands for several files, each with a hash of its own');
  });
});
