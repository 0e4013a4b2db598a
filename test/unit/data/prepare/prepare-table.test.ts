import { describe, expect, it } from 'vitest';
import { prepareData } from '../../../../agent/data/prepare/prepare.ts';
import { splitData } from '../../../../agent/data/split.ts';
import type { Examples, TableEncoding } from '../../../../agent/engine/port.ts';
import type { PrepareStep } from '../../../../shared/sweep/train/data-config.ts';
import { encodedRows, preparedParts, preparedTable, rawTable, rowsOfSplit } from '../../../support/table-data.ts';

const standardize: PrepareStep = { type: 'standardize' };
const oneHot: PrepareStep = { type: 'encode', method: 'one_hot' };
const imputeBy = (strategy: 'mean' | 'median' | 'mode'): PrepareStep => ({ type: 'impute', strategy });
const constant = (value: string | number, columns?: string[]): PrepareStep => ({
  type: 'impute',
  strategy: 'constant',
  value,
  ...(columns === undefined ? {} : { columns }),
});

/** What the model is given of the training rows, feature by feature. */
async function features(text: string, prepare: readonly PrepareStep[]): Promise<readonly (readonly number[])[]> {
  const { data } = await preparedTable(text, { prepare });
  const rows = encodedRows(data.train as Examples, data.preprocessing as TableEncoding);
  return rows[0]!.map((_, feature) => rows.map((row) => Number(row[feature]!.toFixed(5))));
}

describe('numbers of a table', () => {
  const text = 'a,b,y\n1,10,0\n2,20,1\n3,60,0';

  it('are handed on as they are without any step', async () => {
    expect(await features(text, [])).toEqual([
      [1, 2, 3],
      [10, 20, 60],
    ]);
  });

  it('are standardized with the population standard deviation', async () => {
    expect(await features(text, [standardize])).toEqual([
      [-1.22474, 0, 1.22474],
      [-0.92582, -0.46291, 1.38873],
    ]);
  });

  it('are brought between 0 and 1', async () => {
    expect(await features(text, [{ type: 'min_max', columns: ['b'] }])).toEqual([
      [1, 2, 3],
      [0, 0.2, 1],
    ]);
  });

  it('standardized twice or after another scale are standardized', async () => {
    const once = await features(text, [standardize]);
    expect(await features(text, [standardize, standardize])).toEqual(once);
    expect(await features(text, [{ type: 'min_max' }, standardize])).toEqual(once);
  });

  it('that are all the same become zeros, and are named', async () => {
    for (const step of [standardize, { type: 'min_max' } as const]) {
      const { data, notes } = await preparedTable('a,b,y\n0.1,1,0\n0.1,2,1\n0.1,3,0', { prepare: [step] });
      const rows = encodedRows(data.train as Examples, data.preprocessing as TableEncoding);
      expect(rows.map(([a]) => a)).toEqual([0, 0, 0]);
      expect(notes).toEqual([`column a is ${Math.fround(0.1)} in all training rows: ${step.type} leaves only zeros`]);
    }
    const each = [{ type: 'min_max', columns: ['a'] } as const, { type: 'standardize', columns: ['b'] } as const];
    const { notes } = await preparedTable('a,b,y\n1,7,0\n1,7,1', { prepare: each });
    expect(notes.map((note) => note.slice(0, 13))).toEqual(['column a is 1', 'column b is 7']);
  });
});

describe('missing cells', () => {
  const text = 'a,s,y\n1,m,0\n,f,1\n1,m,0\n4,,1\n9,m,0';

  it.each<readonly [PrepareStep['type'] | string, PrepareStep, number]>([
    ['the mean', imputeBy('mean'), 3.75],
    ['the median', imputeBy('median'), 2.5],
    ['the mode', imputeBy('mode'), 1],
    ['a constant', constant(-1), -1],
  ])('of numbers become %s of the training rows', async (_, step, filled) => {
    expect((await features(text, [step, oneHot]))[0]).toEqual([1, filled, 1, 4, 9]);
  });

  it('of categories become the commonest, or a category that is named', async () => {
    const [, ...commonest] = await features(text, [constant(0), imputeBy('mode'), oneHot]);
    expect(commonest).toEqual([
      [0, 1, 0, 0, 0],
      [1, 0, 1, 1, 1],
    ]);
    const [, ...named] = await features(text, [constant(0), constant('f'), oneHot]);
    expect(named[0]).toEqual([0, 1, 0, 1, 0]);
  });

  it('may become a category of their own', async () => {
    const prepare = [constant(0), constant('unknown'), oneHot];
    const { data } = await preparedTable(text, { prepare });
    expect(data.columns![1]!.categories).toEqual(['f', 'm', 'unknown']);
    expect((await features(text, prepare)).slice(1)).toEqual([
      [0, 1, 0, 0, 0],
      [1, 0, 1, 0, 1],
      [0, 0, 0, 1, 0],
    ]);
  });

  it('become a number as a category of its own where the column is named', async () => {
    const { data } = await preparedTable(text, { prepare: [constant(0), constant(0, ['s']), oneHot] });
    expect(data.columns![1]!.categories).toEqual(['f', 'm', '0']);
  });

  it('of categories are 0 in all features where no training row shows what fills them', async () => {
    const { data } = await preparedParts('s,a,y\nm,1,0\nf,2,1', ',3,0', { prepare: [constant('unknown'), oneHot] });
    expect((data.preprocessing as TableEncoding).columns[0]).toMatchObject({ categories: 2, fill: null });
    expect(encodedRows(data.test as Examples, data.preprocessing as TableEncoding)).toEqual([[0, 0, 3]]);
  });

  it('are refused in the rows of any part', async () => {
    const refused = expect.objectContaining({
      code: 'E_DATA_MISSING_CELLS',
      message: 'cells are missing in column a (1)',
    });
    const split = { validation: 4, test: 4 };
    const parts = rowsOfSplit(12, split);
    for (const part of ['train', 'validation', 'test'] as const) {
      const rows = Array.from({ length: 12 }, (_, row) => `${row === parts[part][1] ? '' : row},${row % 2}`);
      await expect(preparedTable(`a,y\n${rows.join('\n')}`, { split })).rejects.toEqual(refused);
    }
  });

  it('of categories without any step are 0 in all features', async () => {
    expect((await features(text, [constant(0), oneHot])).slice(1).map((feature) => feature[3])).toEqual([0, 0]);
  });

  it('are filled in the units that the steps before leave', async () => {
    const [filled] = await features('a,y\n0,0\n10,1\n,0', [standardize, constant(0.5)]);
    expect(filled).toEqual([-1, 1, 0.5]);
    expect((await features('a,y\n0,0\n10,1\n,0', [standardize, imputeBy('mean')]))[0]).toEqual([-1, 1, 0]);
    expect((await features('a,y\n0,0\n10,1\n,0', [constant(5), standardize]))[0]).toEqual([-1.22474, 1.22474, 0]);
  });

  it('keep what the first step fills them with', async () => {
    const two: PrepareStep[] = [{ type: 'impute', strategy: 'median', columns: ['a'] }, constant(0)];
    expect(await features('a,b,y\n1,,0\n3,5,1\n,7,0', two)).toEqual([
      [1, 3, 2],
      [0, 5, 7],
    ]);
  });
});

describe('categories', () => {
  it('become one feature each, or their place in the order', async () => {
    const text = 'size,y\n10,0\n9,1\n100,0';
    const columns = { size: 'category' } as const;
    const encoded = async (method: 'one_hot' | 'label') => {
      const { data } = await preparedTable(text, { columns, prepare: [{ type: 'encode', method }] });
      return encodedRows(data.train as Examples, data.preprocessing as TableEncoding);
    };
    expect(await encoded('one_hot')).toEqual([
      [0, 1, 0],
      [1, 0, 0],
      [0, 0, 1],
    ]);
    expect(await encoded('label')).toEqual([[1], [0], [2]]);
  });

  it('as labels can be scaled and filled as numbers', async () => {
    const label: PrepareStep = { type: 'encode', method: 'label' };
    expect(await features('s,y\na,0\nb,1\nc,0\n,1', [label, imputeBy('mean'), { type: 'min_max' }])).toEqual([
      [0, 0.5, 1, 0.5],
    ]);
  });

  it('that no training row shows are 0 in all features, whatever their place in the order', async () => {
    const { data } = await preparedParts('s,n,y\nb,1,0\nd,2,1\nb,3,0', 'a,1,0\nd,5,1\nc,7,1', { prepare: [oneHot] });
    const encoding = data.preprocessing as TableEncoding;
    expect(encodedRows(data.train as Examples, encoding)).toEqual([
      [1, 0, 1],
      [0, 1, 2],
      [1, 0, 3],
    ]);
    expect(encodedRows(data.test as Examples, encoding)).toEqual([
      [0, 0, 1],
      [0, 1, 5],
      [0, 0, 7],
    ]);
    expect(data.columns![0]!.categories).toEqual(['b', 'd', 'a', 'c']);
  });
});

describe('rows that were opened', () => {
  it('stay as they are for the next who prepares them', async () => {
    // Codes change as only other parts show the first category.
    const split = { validation: 3, test: 3 };
    const { train } = rowsOfSplit(10, split);
    const lines = Array.from({ length: 10 }, (_, row) => `${train.includes(row) ? 'bd'[row % 2] : 'a'},${row % 2}`);
    const text = `s,y\n${lines.join('\n')}`;
    const [opened, again] = [splitData(rawTable(text), split), splitData(rawTable(text), split)];
    const config = { name: 't', file: null, split, scale: 'unit', prepare: [oneHot] } as const;
    const first = (await prepareData(opened, config)).data;
    expect(opened).toEqual(again);
    expect((await prepareData(opened, config)).data).toEqual(first);
    expect((first.train as Examples).features).not.toEqual(opened.train.features);
  });
});

describe('statistics', () => {
  it('are those of the training rows alone', async () => {
    const prepare = [imputeBy('median'), standardize];
    const { data } = await preparedParts('a,y\n0,0\n10,1', '1000,0\n,1', { prepare });
    expect(data.preprocessing).toEqual({ columns: [{ type: 'number', column: 0, fill: 5, shift: 5, scale: 0.2 }] });
    expect(encodedRows(data.test as Examples, data.preprocessing as TableEncoding).map(([x]) => x!.toFixed(3))).toEqual(
      ['199.000', '0.000'],
    );
  });

  it('are those of the rows that are there when a step comes', async () => {
    const text = 'a,y\n0,0\n0,0\n0,0\n8,1';
    const fitted = async (prepare: readonly PrepareStep[]) => {
      const { data } = await preparedTable(text, { prepare });
      return (data.preprocessing as TableEncoding).columns[0];
    };
    const more: PrepareStep = { type: 'oversample', method: 'random' };
    expect(await fitted([standardize, more])).toMatchObject({ shift: 2 });
    expect(await fitted([more, standardize])).toMatchObject({ shift: 4, scale: 0.25 });
  });
});
