import { describe, expect, it } from 'vitest';
import type { DataSet } from '../../../agent/data/index.ts';
import { summarizeData } from '../../../agent/data/index.ts';
import type { Examples } from '../../../agent/engine/port.ts';
import { createPaint } from '../../../cli/output/paint.ts';
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

const screen = (columns: number, color = false) => ({ columns, ascii: false, paint: createPaint(color) });

describe('the summary of a data set', () => {
  it('counts classes and measures values, part by part', async () => {
    const { parts, examples } = await summarizeData(data, 8);
    expect(parts).toEqual([
      { part: 'train', rows: 2, values: { mean: 2, sd: 2, min: 0, max: 4 }, classRows: [1, 1], targets: null },
      { part: 'test', rows: 1, values: { mean: 2, sd: 1, min: 1, max: 3 }, classRows: [0, 1], targets: null },
    ]);
    expect(examples.map(({ label }) => label)).toEqual(['b', 'a']);
  });

  it('is printed with images side by side, as many as fit', async () => {
    const summary = await summarizeData(data, 8);
    expect(dataLines(summary, screen(40))).toEqual([
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
    expect(dataLines(summary, screen(5)).slice(-2)).toEqual(['b', ' +']);
  });

  it('shows two pixels in a character where there is colour', async () => {
    const [first, second] = dataLines(await summarizeData(data, 8), screen(40, true)).slice(-2);
    expect(first).toBe('b   a');
    const [ink, paper] = [38, 48].map((code) => (color: number) => `\u001b[${code};5;${color}m`);
    const b = `${ink!(232)}${paper!(232)}▀${paper!(255)}▀\u001b[0m`;
    const a = `${ink!(255)}${paper!(255)}▀${ink!(232)}▀\u001b[0m`;
    expect(second).toBe(`${b}  ${a}`);
  });
});

/** Four rows of a number with a gap, a number that never changes, and a category. */
const table: DataSet = {
  name: 'people',
  hash: 'abc',
  classes: ['no', 'yes', 'never'],
  train: {
    features: Float32Array.of(1, 7, 0, Number.NaN, 7, 1, 3, 7, 1, 5, 7, Number.NaN),
    shape: [3],
    labels: Int32Array.of(0, 0, 0, 1),
    rows: 4,
  },
  test: { features: Float32Array.of(1, 7, 0), shape: [3], labels: Int32Array.of(2), rows: 1 },
  validation: null,
  columns: [
    { name: 'age', type: 'number', categories: null, strays: null },
    { name: 'legs', type: 'number', categories: null, strays: null },
    { name: 'sex', type: 'category', categories: ['f', 'm'], strays: { cells: 2, word: 'f', line: 9 } },
  ],
};

describe('the summary of a table', () => {
  it('says of each column what it holds, gaps left out', async () => {
    const { columns } = await summarizeData(table, 0);
    expect(columns).toMatchObject([
      { name: 'age', missing: 1, values: { mean: 3, min: 1, max: 5 }, categories: null },
      { name: 'legs', missing: 0, values: { mean: 7, sd: 0 } },
      {
        name: 'sex',
        missing: 1,
        values: null,
        categories: [
          { name: 'm', rows: 2 },
          { name: 'f', rows: 1 },
        ],
      },
    ]);
    expect(columns![0]!.values!.sd).toBeCloseTo(Math.sqrt(8 / 3), 12);
  });

  it('warns of what is likely to be wrong', async () => {
    const lines = dataLines(await summarizeData(table, 0), screen(Number.POSITIVE_INFINITY));
    expect(lines.slice(0, 10)).toEqual([
      'people: 4 training rows, 1 test rows; 3 columns (2 of numbers, 1 of categories); 3 classes',
      'data hash abc',
      'warning: 1 of 1 test rows are of classes that no training row shows: never',
      'warning: classes are unequal: no has 3 times the training rows of yes, so accuracy alone says little; look at F1',
      'warning: column legs is 7 in every row that has a value: it tells nothing',
      'warning: column sex holds numbers but 2 cells are none, "f" in line 9 the first: it is taken for categories unless coerce is among the steps',
      '',
      'column  type      missing  mean     sd  min  max  categories',
      'age     number          1     3  1.633    1    5',
      'legs    number          .     7      0    7    7',
    ]);
    expect(lines[10]).toBe('sex     category        1                         m 2, f 1');
  });

  it('asks whether classes of single rows are numbers to predict, and prints only some of them', async () => {
    const labels = Int32Array.from({ length: 100 }, (_, i) => i);
    const prices = Array.from(labels, (label) => `${label}.5`);
    const rows = { features: new Uint8Array(400), shape: [4], labels, rows: 100 };
    const each: DataSet = { ...data, classes: prices, train: rows, test: null };
    const lines = dataLines(await summarizeData(each, 0), screen(Number.POSITIVE_INFINITY));
    expect(lines[2]).toBe(
      'warning: 100 training rows are of 100 classes, too few rows of each to learn from; say predict: numbers in the sweep file if they are numbers to predict, or name another target',
    );
    expect(lines.slice(-2)).toEqual(['63.5       1', 'and 36 more classes; --json has all']);
  });

  it('warns of a column that numbers the rows, whatever the order and the rows of other parts', async () => {
    const warned = async (id: (row: number) => number, rows = 30) => {
      const features = Float32Array.from({ length: 2 * rows }, (_, i) =>
        i % 2 === 0 ? id(i / 2) : ((i * i) % 97) / 8,
      );
      const labels = Int32Array.from({ length: rows }, (_, i) => i % 2);
      const number = { type: 'number', categories: null, strays: null } as const;
      const columns = [
        { name: 'id', ...number },
        { name: 'size', ...number },
      ];
      const train = { features, shape: [2], labels, rows };
      return (await summarizeData({ ...table, classes: ['no', 'yes'], train, test: null, columns }, 0)).warnings;
    };
    const warning = (step: number) => [
      `column id differs in every row and goes on by ${step}, as a row number does: drop it unless it says something of its row`,
    ];
    expect(await warned((row) => row + 1)).toEqual(warning(1));
    expect(await warned((row) => 1000 + 10 * ((row * 7) % 30))).toEqual(warning(10));
    // Every fifth row is of another part.
    expect(await warned((row) => row + Math.floor(row / 4))).toEqual(warning(1));
    expect(await warned((row) => (row === 29 ? 3 : row))).toEqual([]);
    expect(await warned((row) => row + 0.5)).toEqual([]);
    expect(await warned((row) => row * row)).toEqual([]);
    expect(await warned((row) => row, 19)).toEqual([]);
  });

  it('warns of numbers with decimal commas', async () => {
    const columns = table.columns!.with(2, { ...table.columns![2]!, categories: ['1,5', '131,25'], strays: null });
    const { warnings } = await summarizeData({ ...table, columns }, 0);
    expect(warnings.at(-1)).toBe(
      'column sex holds numbers with decimal commas, such as "131,25", which are taken for categories: write points',
    );
  });

  it('says how targets that are numbers spread', async () => {
    const numbers: DataSet = {
      ...table,
      classes: null,
      train: { ...(table.train as Examples), labels: Float32Array.of(1, 2, 3, 4) },
      test: null,
    };
    const lines = dataLines(await summarizeData(numbers, 0), screen(80));
    expect(lines.slice(-2)).toEqual(['targets  mean     sd  min  max', 'train     2.5  1.118    1    4']);
  });
});
