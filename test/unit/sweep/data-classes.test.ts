import { describe, expect, it } from 'vitest';
import { readTrain } from '../../../shared/sweep/resolve.ts';

const read = (
  data: Record<string, number | boolean | string | number[] | Record<string, number | boolean>>,
  units: number,
) =>
  readTrain({
    data: { name: 'digits', ...data },
    model: [{ dense: { units } }],
    loss: 'cross_entropy',
    optimizer: { sgd: { lr: 0.1 } },
    batch_size: 32,
    epochs: 1,
  });

const faultsOf = (data: Parameters<typeof read>[0], units: number) => {
  const result = read(data, units);
  return 'findings' in result ? result.findings.map(({ code, path, message }) => [code, path.join('.'), message]) : [];
};

describe('train.data.classes', () => {
  it('sets how many scores the model must have', () => {
    expect(faultsOf({ classes: [0, 1, 2, 3] }, 4)).toEqual([]);
    expect(faultsOf({ classes: [0, 1, 2, 3] }, 10).map(([code]) => code)).toEqual(['E_MODEL_SHAPE']);
  });

  it('must be classes of the data, each once', () => {
    expect(faultsOf({ classes: [3, 10] }, 2)).toEqual([
      ['E_SWEEP_RANGE', 'train.data.classes.1', 'digits has no class 10'],
    ]);
    expect(faultsOf({ classes: [3, 3] }, 2)).toEqual([
      ['E_SWEEP_VALUE', 'train.data.classes.1', 'names class 3 twice'],
    ]);
    expect(faultsOf({ classes: [3] }, 1)).toHaveLength(1);
  });

  it('and a stratified split reach the trial as written', () => {
    const result = read({ classes: [7, 1], split: { validation: 0.2, stratified: true } }, 2);
    expect('config' in result ? result.config : result).toMatchObject({
      data: { name: 'digits', classes: [7, 1], split: { validation: 0.2, stratified: true }, scale: 'unit' },
    });
  });
});
