import { describe, expect, it } from 'vitest';
import type { ParameterValue } from '../../../shared/protocol/index.ts';
import { readTrain } from '../../../shared/sweep/resolve.ts';

const TABLE = { file: 'people.csv' };

function faultsOf(data: ParameterValue): readonly string[] {
  const read = readTrain({
    data,
    model: [{ dense: { units: 3 } }],
    loss: 'cross_entropy',
    optimizer: { sgd: { lr: 0.1 } },
    batch_size: 32,
    epochs: 1,
  });
  return 'findings' in read ? read.findings.map(({ message, fix }) => `${message}; ${fix}`) : [];
}

describe('steps of a sweep file', () => {
  it('for columns are for tables, drawn or given', () => {
    const prepare = ['coerce', { impute: { strategy: 'mode' } }, { encode: { method: 'one_hot' } }, 'standardize'];
    const split = { train: 0.7, validation: 0.15, test: 0.15 };
    expect(faultsOf({ ...TABLE, prepare, split })).toEqual([]);
    expect(faultsOf({ name: 'collisions_generated', prepare, split })).toEqual([]);
    expect(faultsOf({ name: 'digits', prepare: ['min_max'] })).toContain(
      'min_max is for the columns of a table, which digits is not; remove min_max',
    );
    expect(faultsOf({ name: 'collisions_generated', prepare: [{ augment: { shift: 2 } }] })).toEqual([
      'augment is for images, which collisions_generated is not; remove augment',
    ]);
  });

  it('for columns ask for the format where a hash alone says what the data is', () => {
    const sha256 = 'ab'.repeat(32);
    expect(faultsOf({ sha256, target: 'y', prepare: ['coerce'] })).toEqual([
      'is for tables (csv, tsv), which abababababab is not; add format: csv, or remove target',
      'coerce is for the columns of a table, which abababababab is not; add format: csv, or remove coerce',
    ]);
    expect(faultsOf({ sha256, format: 'csv', target: 'y', prepare: ['coerce'] })).toEqual([]);
  });

  it('name what they need', () => {
    expect(faultsOf({ ...TABLE, prepare: ['encode'] })).toEqual([
      '"encode" needs settings; write "encode: {method: one_hot}"',
    ]);
  });

  it('wait for a file to be called a file', () => {
    expect(faultsOf('people.csv')).toEqual(['is a name, but looks like a file; write data: {file: people.csv}']);
  });

  it.each([
    ['coerce', 'standardize'],
    [{ drop_rows: { missing: true } }, { impute: { strategy: 'median' } }],
    [{ impute: { strategy: 'backward_fill' } }, 'min_max'],
    ['coerce', { encode: { method: 'label' } }],
    [{ drop_rows: { below: 0 } }, { oversample: { method: 'smote' } }],
  ] satisfies [ParameterValue, ParameterValue][])(
    'that work on cells as they were read come first: %j, %j',
    (row, fitted) => {
      expect(faultsOf({ ...TABLE, prepare: [row, fitted] })).toEqual([]);
      const [fault, ...others] = faultsOf({ ...TABLE, prepare: [fitted, row] });
      expect(others).toEqual([]);
      expect(fault).toMatch(
        /^\S+( \(\w+\))? comes after \S+( \(\w+\))?, but works on cells as they were read; write it before /,
      );
    },
  );

  it('that do nothing, or balance numbers, are faults', () => {
    expect(faultsOf({ ...TABLE, prepare: [{ drop_rows: { columns: ['a'] } }] })).toEqual([
      'drop_rows has no rule, so it drops nothing; add missing: true, equals, below or above',
    ]);
    expect(faultsOf({ ...TABLE, prepare: [{ drop_rows: { above: 0 } }] })).toEqual([]);
    const oversample = { oversample: { method: 'random' } };
    expect(faultsOf({ ...TABLE, predict: 'numbers', prepare: [oversample] })).toContain(
      'oversample makes classes equally common, but numbers are predicted; remove oversample',
    );
  });

  it('know no classes where numbers are predicted, nor does a split', () => {
    const numbers = { ...TABLE, predict: 'numbers' };
    expect(faultsOf({ ...numbers, split: { train: 0.5, stratified: true }, classes: [0, 1] })).toEqual([
      'is for classes, but of people numbers are predicted; remove classes',
      'is for classes, but of people numbers are predicted; remove stratified',
    ]);
    expect(faultsOf({ ...numbers, split: { train: 0.5, stratified: false } })).toEqual([]);
  });

  it('may be left out by a parameter', () => {
    expect(faultsOf({ ...TABLE, prepare: ['none', { oversample: { method: 'none' } }, 'coerce'] })).toEqual([]);
  });
});
