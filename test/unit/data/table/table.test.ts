import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { nameInYaml } from '../../../../agent/data/table/cells.ts';
import { readTable } from '../../../../agent/data/table/read-table.ts';
import { type Column, type Table, type TypeOptions, typeTable } from '../../../../agent/data/table/table.ts';
import { parseText, type TextOptions } from '../../../../agent/data/table/text-table.ts';
import { describeError, SowerError } from '../../../../shared/kernel/errors.ts';

const read = (text: string | Uint8Array, options: TextOptions & TypeOptions = {}): Table =>
  typeTable(parseText(typeof text === 'string' ? Buffer.from(text) : text, 't.csv', options), options);

function refusal(text: string | Uint8Array, options: TextOptions & TypeOptions = {}): string {
  try {
    read(text, options);
  } catch (error) {
    if (error instanceof SowerError) return describeError(error);
    throw error;
  }
  return 'accepted';
}

/** Cells as a person reads them; null where one is missing. */
const cellsOf = (column: Column): readonly (string | number | null)[] =>
  column.type === 'number'
    ? Array.from(column.values, (value) => (Number.isNaN(value) ? null : value))
    : Array.from(column.codes, (code) => (code < 0 ? null : column.categories[code]!));

const shown = ({ columns }: Table) => Object.fromEntries(columns.map((column) => [column.name, cellsOf(column)]));

describe('a table', () => {
  it('has number columns where every cell is a number, and categories in order elsewhere', () => {
    const table = read('age,sex,dose\n31,m,.5\n4,f,-1e2\n,m,+7.\nNaN,?,N/A\n');
    expect(shown(table)).toEqual({ age: [31, 4, null, null], sex: ['m', 'f', 'm', null], dose: [0.5, -100, 7, null] });
    expect(table.columns.map(({ type }) => type)).toEqual(['number', 'category', 'number']);
    expect(table.rows).toBe(4);
  });

  it('orders categories as numbers where they are numbers', () => {
    const [column] = read('size,x\n10,1\n9,1\n100,2\n9,2', { types: { size: 'category' } }).columns;
    expect(column).toMatchObject({ categories: ['9', '10', '100'], codes: Int32Array.of(1, 0, 2, 0) });
  });

  it.each([
    ['semicolons', 'a;b\n1,5;2\n3;4'],
    ['tabs', 'a\tb\n1,5\t2\n3\t4'],
    ['bars', 'a|b\n1,5|2\n3|4'],
    ['tabs although a cell holds commas', 'a\tb\n"1,5"\t2\n3\t4'],
    ['semicolons although quoted cells hold more commas', '"a";b\n"1,5";2\n"3";4'],
  ])('is cut at %s', (_, text) => {
    expect(shown(read(text))).toEqual({ a: ['1,5', '3'], b: [2, 4] });
  });

  it('is cut where all lines have as many cells, and into more of them where there is a choice', () => {
    expect(read('a,x;b;c\n1,5;2;3\n3,4;5;6').columns.map(({ name }) => name)).toEqual(['a,x', 'b', 'c']);
    expect(read('a,x;b\n1;2\n3;4').columns.map(({ name }) => name)).toEqual(['a,x', 'b']);
    // Commas would cut all lines alike, and into more, but for the quotes.
    expect(read('"a,b,c";d\n"1,2,3";4').columns.map(({ name }) => name)).toEqual(['a,b,c', 'd']);
  });

  it('reads quotes, line breaks in cells, CRLF, a byte order mark, spaces and empty lines', () => {
    const text = '\uFEFFname, size\r\n"a, ""b""\r\nc" , 1\r\n\r\n  d,2\r\n';
    expect(shown(read(text))).toEqual({ name: ['a, "b"\r\nc', 'd'], size: [1, 2] });
  });

  it('finds out whether the first line names the columns', () => {
    expect(shown(read('1,x\n2,y'))).toEqual({ column_1: [1, 2], column_2: ['x', 'y'] });
    expect(shown(read('a,b\nx,y'))).toEqual({ a: ['x'], b: ['y'] });
    expect(shown(read('2010,2011\n1,2'))).toEqual({ column_1: [2010, 1], column_2: [2011, 2] });
    expect(shown(read('2010,2011\n1,2', { expectedNames: ['2011'] }))).toEqual({ '2010': [1], '2011': [2] });
    expect(shown(read('2010,2011\n1,2', { header: true }))).toEqual({ '2010': [1], '2011': [2] });
    expect(shown(read('a,b\nx,y', { header: false }))).toEqual({ column_1: ['a', 'x'], column_2: ['b', 'y'] });
    expect(shown(read(',b\n1,2'))).toEqual({ column_1: [1], b: [2] });
  });

  it('leaves out what is ignored and takes types as declared', () => {
    const table = read('id,a,b\n7,1,x\n8,2,y', { types: { id: 'ignore', a: 'category' } });
    expect(shown(table)).toEqual({ a: ['1', '2'], b: ['x', 'y'] });
  });

  it('takes a column for numbers although some cells are none where it is coerced', () => {
    const text = 'a,b\n1,x\nf,y\n3,z\n4,1';
    expect(shown(read(text, { coerced: 'all' }))).toEqual({ a: [1, null, 3, 4], b: ['x', 'y', 'z', '1'] });
    expect(shown(read(text, { coerced: ['b'] }))).toEqual({ a: ['1', 'f', '3', '4'], b: ['x', 'y', 'z', '1'] });
    expect(shown(read(text, { coerced: ['a'] })).a).toEqual([1, null, 3, 4]);
    expect(shown(read(text, { coerced: ['b'], types: { b: 'number' } })).b).toEqual([null, null, null, 1]);
    expect(shown(read(text, { coerced: 'all', types: { b: 'number' } })).b).toEqual([null, null, null, 1]);
  });

  it('has no column of numbers where half of the cells that are there are none, or where one is too large', () => {
    expect(shown(read('a,b\n1,x\n2,x\nf,x\ng,x\n?,x\n,x\n,x', { coerced: 'all' })).a!.slice(0, 4)).toEqual([
      '1',
      '2',
      'f',
      'g',
    ]);
    expect(shown(read('a,b\n1e999,1\n2,2'))).toEqual({ a: ['1e999', '2'], b: [1, 2] });
  });

  it('says which cells alone make a column of numbers one of categories', () => {
    const [a, b] = read('a,b\n1,x\nf,y\n3,z\ng,1\n5,2').columns;
    expect(a).toMatchObject({ type: 'category', strays: { cells: 2, word: 'f', line: 3 } });
    expect(b).toMatchObject({ type: 'category', strays: null });
  });

  it('comes back as it was written, whatever the cells hold', () => {
    const cell = fc
      .string({ minLength: 1 })
      .filter((text) => text.trim() === text && !/^(\?|na|n\/a|nan|null|<na>|#n\/a)$/i.test(text));
    const quote = (text: string) => `"${text.replaceAll('"', '""')}"`;
    const rows = fc.array(fc.tuple(cell, cell), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(
        rows,
        fc.constantFrom(',', ';', '\t', '|'),
        fc.constantFrom('\n', '\r\n'),
        (written, delimiter, end) => {
          const lines = [['p', 'q'], ...written].map((row) => row.map(quote).join(delimiter));
          const types = { p: 'category', q: 'category' } as const;
          const table = read(lines.join(end), { delimiter, header: true, types });
          expect(shown(table)).toEqual({ p: written.map(([p]) => p), q: written.map(([, q]) => q) });
        },
      ),
    );
  });
});

describe('the name of a column', () => {
  it('is read by YAML as it was written, in a mapping and in a list', () => {
    const name = fc.oneof(
      fc.string({ unit: 'grapheme', minLength: 1 }),
      fc.constantFrom(
        'a b',
        'a: b',
        'x#',
        'a #b',
        '-',
        '- a',
        'null',
        'True',
        'FALSE',
        'no',
        '1e3',
        '0x1',
        '~',
        '.nan',
        'a,b',
        '&a',
      ),
    );
    fc.assert(
      fc.property(name, (written) => {
        const yaml = nameInYaml(written);
        expect(parse(`{columns: {${yaml}: ignore}, names: [${yaml}]}`)).toEqual({
          columns: { [written]: 'ignore' },
          names: [written],
        });
      }),
      { numRuns: 300 },
    );
    expect(['age', 'Blood pressure', 'größe_2'].map(nameInYaml)).toEqual(['age', 'Blood pressure', 'größe_2']);
  });
});

describe('a table that cannot be read', () => {
  const wholeCell = 'add or remove cells; a cell that holds the delimiter is written in double quotes';
  const coerce = (name: string) =>
    `add "- coerce" to train.data.prepare to take such cells for missing, or make ${name} a category in train.data.columns`;

  it.each<readonly [string, string | Uint8Array, TextOptions & TypeOptions, string]>([
    ['a short row', 'a,b,c\n1,2,3\n4,5\n', {}, `E_DATA_ROW t.csv:3: the row has 2 cells, expected 3; ${wholeCell}`],
    ['a long row', 'a,b\n1,"2\n2"\n4,5,6\n', {}, `E_DATA_ROW t.csv:4: the row has 3 cells, expected 2; ${wholeCell}`],
    ['no bytes', '', {}, 'E_DATA_ROW t.csv: the file is empty; put rows into it'],
    [
      'a header alone',
      'a,b\n',
      {},
      'E_DATA_ROW t.csv: the table has 0 rows; put rows below the header, or add header: false where the first line is a row',
    ],
    [
      'a word among declared numbers',
      'a,b\n1,2\nf,3\n2,4\ng,5',
      { types: { a: 'number' } },
      `E_DATA_ROW t.csv:3: "f" in column a is no number, nor is 1 more cell; ${coerce('a')}`,
    ],
    [
      'a type for a column that is not there',
      'age,sex\n1,m',
      { types: { aeg: 'number' } },
      'E_DATA_COLUMN train.data.columns: the table has no column "aeg"; did you mean "age"?',
    ],
    [
      'two columns of one name',
      'a,b,a\n1,2,3',
      {},
      'E_DATA_FORMAT t.csv: columns 1 and 3 are both called "a"; give each column a name of its own, or add header: false where the first line is a row',
    ],
    [
      'a quote that stays open',
      'a,b\n1,"2\n3,4\n',
      {},
      'E_DATA_FORMAT t.csv:2: a double quote is opened in this row and never closed; write the cell in double quotes, and a quote inside it as two',
    ],
    [
      'a quote inside a cell',
      'a,b\n1,2"2\n3,4\n',
      {},
      'E_DATA_FORMAT t.csv:2: a double quote stands inside a cell; write the cell in double quotes, and a quote inside it as two',
    ],
    [
      'Latin-1',
      Buffer.from('a,b\nM\u00fcller,1', 'latin1'),
      {},
      'E_DATA_FORMAT t.csv:2: is not UTF-8 text; save it as CSV in UTF-8',
    ],
    [
      'very many columns',
      `${','.repeat(10_000)}\n1`,
      {},
      'E_DATA_SIZE t.csv:1: the row has more than 10000 cells, which is the most that is read; cut the file into fewer columns, or save what is needed of it as NPZ',
    ],
    [
      'more cells than fit',
      `${Array.from({ length: 9999 }, (_, i) => `c${i}`).join()}\n${'\n'.repeat(10_010)}`,
      {},
      'E_DATA_SIZE t.csv: up to 10012 rows of 9999 columns, at most 100000000 cells are read; cut the file into fewer rows or columns',
    ],
  ])('is refused for %s', (_, text, options, message) => {
    expect(refusal(text, options)).toBe(message);
  });
});

describe('a file', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sower-table-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it('may be packed, whatever its name', async () => {
    for (const name of ['t.csv.gz', '0123456789ab']) {
      await writeFile(join(folder, name), gzipSync('a,b\n1,2'));
      expect(shown(await readTable(join(folder, name)))).toEqual({ a: [1], b: [2] });
    }
  });

  it('that is missing is named', async () => {
    await expect(readTable(join(folder, 'none.csv'))).rejects.toMatchObject({ code: 'E_DATA_READ' });
  });
});
