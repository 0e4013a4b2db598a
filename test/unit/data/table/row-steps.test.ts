import { describe, expect, it } from 'vitest';
import type { PrepareStep } from '../../../../shared/sweep/train/data-config.ts';
import { rawTable, type TableAsked } from '../../../support/table-data.ts';

/** Feature rows with the names of categories and null where a cell is missing, then the label. */
function rows(text: string, asked: TableAsked): readonly (readonly (string | number | null)[])[] {
  const { train, columns, classes } = rawTable(text, asked);
  const width = columns!.length;
  return Array.from({ length: train.rows }, (_, row) => [
    ...columns!.map(({ categories }, i) => {
      const cell = train.features[row * width + i]!;
      if (Number.isNaN(cell)) return null;
      return categories === null ? cell : categories[cell]!;
    }),
    classes === null ? train.labels[row]! : classes[train.labels[row]!]!,
  ]);
}

const coerce = (values: readonly (string | number)[], columns?: string[]): PrepareStep => ({
  type: 'coerce',
  values,
  ...(columns === undefined ? {} : { columns }),
});
const drop = (rule: Partial<Extract<PrepareStep, { type: 'drop_rows' }>>): PrepareStep => ({
  type: 'drop_rows',
  missing: false,
  equals: [],
  ...rule,
});
const backwards: PrepareStep = { type: 'impute', strategy: 'backward_fill' };

describe('coerce', () => {
  it('takes words in columns of numbers and the values it names for missing', () => {
    const text = 'a,b,y\n1,x,0\nf,z,1\n0,unknown,0\n4,x,1';
    expect(rows(text, { prepare: [coerce([0, 'unknown'])] })).toEqual([
      [1, 'x', '0'],
      [null, 'z', '1'],
      [null, null, '0'],
      [4, 'x', '1'],
    ]);
  });

  it('touches the named columns only, and never the target unless it is named', () => {
    const text = 'a,b,y\n0,0,0\n1,1,1\n2,0,0';
    expect(rows(text, { prepare: [coerce(['0'], ['b'])] })).toEqual([
      [0, null, '0'],
      [1, 1, '1'],
      [2, null, '0'],
    ]);
  });

  it('forgets categories that no row is of any more', () => {
    expect(rawTable('s,y\nm,0\nX,1\nf,0', { prepare: [coerce(['X'])] }).columns).toMatchObject([
      { categories: ['f', 'm'] },
    ]);
  });
});

describe('drop_rows', () => {
  const text = 'a,b,y\n1,x,0\n,y,1\n300,x,0\n-5,z,1\n7,y,';

  it.each<readonly [string, PrepareStep, readonly number[]]>([
    ['a missing cell, of the target too', drop({ missing: true }), [0, 2, 3]],
    ['a missing cell of a column', drop({ missing: true, columns: ['y'] }), [0, 1, 2, 3]],
    ['a value', drop({ equals: [300, 'z'] }), [0, 1, 4]],
    ['a value of a column', drop({ equals: ['y'], columns: ['b'] }), [0, 2, 3]],
    ['too small', drop({ below: 0 }), [0, 1, 2, 4]],
    ['too large', drop({ above: 299 }), [0, 1, 3, 4]],
    ['either', drop({ below: 0, above: 299, missing: true }), [0]],
  ])('drops rows for %s', (_, step, kept) => {
    // A target for each row, so that none is refused for missing.
    const lines = text.split('\n').slice(1);
    const marked = step.type === 'drop_rows' && !step.missing ? [...lines.slice(0, 4), '7,y,1'] : lines;
    const asked = {
      predict: 'numbers',
      prepare: [step, ...(kept.includes(4) ? [] : [drop({ missing: true, columns: ['y'] })])],
    } as const;
    const expected = rows(`a,b,y\n${marked.filter((_line, i) => kept.includes(i)).join('\n')}`, { predict: 'numbers' });
    expect(rows(`a,b,y\n${marked.join('\n')}`, asked)).toEqual(expected);
  });

  it('keeps what is as large as a limit says', () => {
    const limits = 'a,y\n0.5,0\n1,1\n2,0\n2.5,1';
    expect(rows(limits, { prepare: [drop({ below: 1, above: 2 })] })).toEqual([
      [1, '1'],
      [2, '0'],
    ]);
  });

  it('takes a number for the word of a category that is written so', () => {
    const text = 'a,b,y\n1,0,0\n2,x,1\n3,y,0';
    expect(rows(text, { prepare: [drop({ equals: [0] })] })).toEqual([
      [2, 'x', '1'],
      [3, 'y', '0'],
    ]);
  });

  it('forgets the categories and classes of rows that are gone', () => {
    const { columns, classes } = rawTable('s,y\nm,0\nX,1\nf,2\nm,2', { prepare: [drop({ equals: ['X'] })] });
    expect([columns![0]!.categories, classes]).toEqual([
      ['f', 'm'],
      ['0', '2'],
    ]);
  });

  it('keeps rows without a target unless it is for what is missing, and the lines of those that stay', () => {
    expect(() => rawTable('a,y\n1,0\n2,\n3,1', { prepare: [drop({ equals: [1] })] })).toThrow(
      expect.objectContaining({ code: 'E_DATA_LABEL', where: 't.csv:3' }),
    );
    expect(() => rawTable('a,y\n1,0\n2,1\n1e39,0', { prepare: [drop({ equals: [1] })] })).toThrow(
      expect.objectContaining({ code: 'E_DATA_ROW', where: 't.csv:4' }),
    );
  });

  it('works in the order in which steps are written', () => {
    const twice = 'a,y\n0,0\n5,1\n0,0\n6,1';
    expect(
      rows(twice, { prepare: [coerce([0]), drop({ missing: true, columns: ['a'] })], predict: 'numbers' }),
    ).toEqual([
      [5, 1],
      [6, 1],
    ]);
    expect(
      rows(twice, { prepare: [drop({ missing: true, columns: ['a'] }), coerce([0])], predict: 'numbers' }),
    ).toEqual([
      [null, 0],
      [5, 1],
      [null, 0],
      [6, 1],
    ]);
  });
});

describe('backward fill', () => {
  it('takes what the next row that has a cell holds, and leaves the end as it is', () => {
    expect(rows('a,b,y\n,,0\n,p,1\n3,,0\n4,q,1\n,,0', { prepare: [backwards] })).toEqual([
      [3, 'p', '0'],
      [3, 'p', '1'],
      [3, 'q', '0'],
      [4, 'q', '1'],
      [null, null, '0'],
    ]);
  });
});

describe('rows of a table', () => {
  it('have the classes in order, and numbers where numbers are predicted', () => {
    expect(rawTable('a,y\n1,10\n2,9\n3,10').classes).toEqual(['9', '10']);
    expect(rawTable('a,y\n1,10\n2,9\n3,10').train.labels).toEqual(Int32Array.of(1, 0, 1));
    const numbers = rawTable('a,y\n1,1.5\n2,9\n3,-2', { predict: 'numbers' });
    expect([numbers.classes, numbers.train.labels]).toEqual([null, Float32Array.of(1.5, 9, -2)]);
  });

  it('have up to a thousand classes', () => {
    const of = (count: number) => rawTable(`a,y\n${Array.from({ length: count }, (_, i) => `1,c${i}`).join('\n')}`);
    expect(of(1000).classes).toHaveLength(1000);
    expect(() => of(1001)).toThrow('y has 1001 different values, too many for classes');
  });

  it('predict the last column that is used unless another is named', () => {
    expect(rawTable('a,y,note\n1,p,n\n2,q,n', { columns: { note: 'ignore' } }).classes).toEqual(['p', 'q']);
    const first = rawTable('y,a\np,1\nq,2', { target: 'y' });
    expect([first.classes, first.train.features]).toEqual([['p', 'q'], Float32Array.of(1, 2)]);
  });

  it('are known by their contents, the names of columns and categories included', () => {
    const { hash } = rawTable('a,s,y\n1,m,0\n2,f,1');
    expect(rawTable('a;s;y\r\n1.0;"m";0\r\n2;f;1').hash).toBe(hash);
    for (const other of [
      'b,s,y\n1,m,0\n2,f,1',
      'a,s,y\n1,n,0\n2,f,1',
      'a,s,y\n1,m,0\n3,f,1',
      'a,s,y\n1,m,1\n2,f,0',
      'a,s,z\n1,m,0\n2,f,1',
    ]) {
      expect(rawTable(other).hash).not.toBe(hash);
    }
  });
});
