/** A table with typed columns: numbers, or categories as codes. */
import { SowerError } from '../../../shared/kernel/errors.ts';
import { show } from '../../../shared/sweep/finding.ts';
import { hintAmong } from '../../../shared/sweep/near-name.ts';
import type { ColumnType } from '../../../shared/sweep/train/data-config.ts';
import { numberOf, sortedWords } from './cells.ts';
import type { TextColumn, TextTable } from './text-table.ts';

export interface NumberColumn {
  readonly type: 'number';
  readonly name: string;
  /** NaN where the cell is missing. */
  readonly values: Float64Array;
}

export interface CategoryColumn {
  readonly type: 'category';
  readonly name: string;
  /** Row by row an index into `categories`; -1 where the cell is missing. */
  readonly codes: Int32Array;
  /** In the order of numbers where all are numbers, else sorted. */
  readonly categories: readonly string[];
  /** Cells that alone keep the column from being one of numbers, where most cells are numbers. */
  readonly strays: Strays | null;
}

export interface Strays {
  readonly cells: number;
  /** The first of them, and its line in the file. */
  readonly word: string;
  readonly line: number;
}

export type Column = NumberColumn | CategoryColumn;

export interface Table {
  /** For messages. */
  readonly path: string;
  readonly columns: readonly Column[];
  readonly rows: number;
  /** Line of each row in the file, from 1. */
  readonly lines: Int32Array;
}

export interface TypeOptions {
  /** Declared types; the others are found out. */
  readonly types?: Readonly<Record<string, ColumnType>>;
  /** Columns whose cells that are no numbers become missing, where most are numbers or the type says so. */
  readonly coerced?: readonly string[] | 'all';
}

/**
 * Declared types first; otherwise a column is of numbers where every cell that is not missing is one, or most are and it
 * is coerced. Throws E_DATA_COLUMN for a name that the table does not have, E_DATA_ROW for a word in a number column.
 */
export function typeTable(text: TextTable, { types = {}, coerced = [] }: TypeOptions = {}): Table {
  const names = text.columns.map(({ name }) => name);
  for (const name of Object.keys(types)) checkColumn(name, names, 'train.data.columns');
  const columns = text.columns.flatMap((column): readonly Column[] => {
    const declared = types[column.name];
    if (declared === 'ignore') return [];
    const isCoerced = coerced === 'all' || coerced.includes(column.name);
    const numbers = Float64Array.from(column.words, (word) => numberOf(word) ?? Number.NaN);
    const strays = straysOf(column, numbers, text.lines);
    const mostly = strays === null || strays.mostlyNumbers;
    const type = declared ?? (strays === null || (isCoerced && mostly) ? 'number' : 'category');
    if (type === 'category') return [categoryColumn(column, mostly ? strays : null)];
    if (strays !== null && !isCoerced) throw noNumber(column.name, strays, text.path);
    return [numberColumn(column, numbers)];
  });
  return { path: text.path, columns, rows: text.rows, lines: text.lines };
}

/** Throws E_DATA_COLUMN with the name that was probably meant. */
export function checkColumn(name: string, names: readonly string[], where: string): void {
  if (names.includes(name)) return;
  const fix = hintAmong(name, names, 'its columns');
  throw new SowerError('E_DATA_COLUMN', `the table has no column "${name}"`, { where, fix });
}

/** The rows at `indices`, in that order. */
export function takeTableRows({ path, columns, lines }: Table, indices: Int32Array): Table {
  const taken = columns.map((column) =>
    column.type === 'number'
      ? { ...column, values: Float64Array.from(indices, (row) => column.values[row]!) }
      : { ...column, codes: Int32Array.from(indices, (row) => column.codes[row]!) },
  );
  return { path, columns: taken, rows: indices.length, lines: indices.map((row) => lines[row]!) };
}

function straysOf(
  { words, cells }: TextColumn,
  numbers: Float64Array,
  lines: Int32Array,
): (Strays & { readonly mostlyNumbers: boolean }) | null {
  if (!numbers.some(Number.isNaN)) return null;
  let [strange, present, first] = [0, 0, -1];
  for (let row = 0; row < cells.length; row++) {
    const code = cells[row]!;
    if (code < 0) continue;
    present++;
    if (!Number.isNaN(numbers[code])) continue;
    strange++;
    if (first < 0) first = row;
  }
  return { cells: strange, word: words[cells[first]!]!, line: lines[first]!, mostlyNumbers: 2 * strange < present };
}

function numberColumn({ name, cells }: TextColumn, numbers: Float64Array): NumberColumn {
  return { type: 'number', name, values: Float64Array.from(cells, (code) => (code < 0 ? Number.NaN : numbers[code]!)) };
}

function categoryColumn({ name, words, cells }: TextColumn, strays: Strays | null): CategoryColumn {
  const categories = sortedWords(words);
  const codeOf = new Map(categories.map((word, code) => [word, code]));
  const renumbered = words.map((word) => codeOf.get(word)!);
  const codes = cells.map((code) => (code < 0 ? -1 : renumbered[code]!));
  return { type: 'category', name, codes, categories, strays };
}

function noNumber(name: string, { word, cells, line }: Strays, path: string): SowerError {
  const more = cells === 1 ? '' : `, ${cells === 2 ? 'nor is 1 more cell' : `nor are ${cells - 1} more cells`}`;
  return new SowerError('E_DATA_ROW', `${show(word)} in column ${name} is no number${more}`, {
    where: `${path}:${line}`,
    fix: `add "- coerce" to train.data.prepare to take such cells for missing, or make ${name} a category in train.data.columns`,
  });
}
