/** A table as written: every cell a word, each word of a column kept once. */
import { parse } from 'csv-parse/sync';
import { SowerError } from '../../../shared/kernel/errors.ts';
import { isMissing, numberOf } from './cells.ts';
import { findDelimiter } from './delimiter.ts';
import { checkNames, checkText, extentOf, faultOfRow, lineAfter, MOST_ROW_BYTES, RETURN } from './text-faults.ts';

export interface TextColumn {
  readonly name: string;
  readonly words: readonly string[];
  /** Row by row an index into `words`; -1 where the cell is missing. */
  readonly cells: Int32Array;
}

export interface TextTable {
  /** For messages. */
  readonly path: string;
  readonly columns: readonly TextColumn[];
  readonly rows: number;
  /** Line of each row in the file, from 1. */
  readonly lines: Int32Array;
}

export interface TextOptions {
  /** Default: found out. */
  readonly delimiter?: string;
  /** Whether the first line names the columns. Default: found out. */
  readonly header?: boolean;
  /** Names that must be those of columns: where the first line has one of them, it is the header. */
  readonly expectedNames?: readonly string[];
}

/** More cells than this are no table that one process should read. */
const MOST_CELLS = 100_000_000;
const HEAD_BYTES = 64 * 1024;

/** Throws E_DATA_FORMAT, E_DATA_ROW, E_DATA_SIZE. */
export function parseText(bytes: Uint8Array, path: string, options: TextOptions = {}): TextTable {
  checkText(bytes, path);
  const delimiter = options.delimiter ?? findDelimiter(new TextDecoder().decode(bytes.subarray(0, HEAD_BYTES)));
  const { rowBound, newLine } = extentOf(bytes, delimiter, path);
  const lineOf = lineAfter(bytes, newLine);
  let [draft, end]: [Draft | null, number] = [null, 0];
  const take = (cells: readonly string[], line: number) => {
    if (draft !== null) return addRow(draft, cells, line);
    draft = startDraft(path, cells, rowBound, options);
    if (!draft.hasHeader) addRow(draft, cells, line);
  };
  try {
    parse(bytes, {
      bom: true,
      delimiter,
      // Programs and people mix the ends of lines.
      record_delimiter: newLine === RETURN ? '\r' : ['\r\n', '\n'],
      trim: true,
      relax_column_count: true,
      skip_empty_lines: true,
      max_record_size: MOST_ROW_BYTES,
      on_record: (cells: string[], row: { readonly bytes: number }) => {
        take(cells, lineOf(end));
        end = row.bytes;
        return null;
      },
    });
  } catch (cause) {
    throw faultOfRow(cause, path, lineOf(end));
  }
  if (draft === null) throw new SowerError('E_DATA_ROW', 'the file is empty', { where: path, fix: 'put rows into it' });
  return finish(draft);
}

/** Grows a column's cells row by row. */
interface DraftColumn {
  readonly name: string;
  readonly words: string[];
  readonly codes: Map<string, number>;
  readonly cells: Int32Array;
}

interface Draft {
  readonly path: string;
  readonly columns: readonly DraftColumn[];
  readonly lines: Int32Array;
  readonly hasHeader: boolean;
  rows: number;
}

function startDraft(path: string, first: readonly string[], rowBound: number, options: TextOptions): Draft {
  if (first.length * rowBound > MOST_CELLS) {
    const what = `up to ${rowBound} rows of ${first.length} columns, at most ${MOST_CELLS} cells are read`;
    throw new SowerError('E_DATA_SIZE', what, { where: path, fix: 'cut the file into fewer rows or columns' });
  }
  const hasHeader = options.header ?? looksLikeHeader(first, options.expectedNames ?? []);
  const names = first.map((word, i) => (hasHeader && word !== '' ? word : `column_${i + 1}`));
  checkNames(names, path);
  const column = (name: string) => ({ name, words: [], codes: new Map(), cells: new Int32Array(rowBound) });
  return { path, columns: names.map(column), lines: new Int32Array(rowBound), hasHeader, rows: 0 };
}

/** Names are words; a first line that holds a number is a row. */
function looksLikeHeader(first: readonly string[], expected: readonly string[]): boolean {
  if (first.some((word) => expected.includes(word))) return true;
  return first.some((word) => word !== '') && first.every((word) => numberOf(word) === null);
}

function addRow(draft: Draft, words: readonly string[], line: number): void {
  const { columns, path } = draft;
  if (words.length !== columns.length) {
    const cells = words.length === 1 ? '1 cell' : `${words.length} cells`;
    throw new SowerError('E_DATA_ROW', `the row has ${cells}, expected ${columns.length}`, {
      where: `${path}:${line}`,
      fix: 'add or remove cells; a cell that holds the delimiter is written in double quotes',
    });
  }
  for (let i = 0; i < columns.length; i++) {
    const { codes, words: known, cells } = columns[i]!;
    const word = words[i]!;
    let code = codes.get(word);
    if (code === undefined) {
      code = isMissing(word) ? -1 : known.push(word) - 1;
      codes.set(word, code);
    }
    cells[draft.rows] = code;
  }
  draft.lines[draft.rows++] = line;
}

function finish({ path, columns, rows, lines }: Draft): TextTable {
  if (rows === 0) {
    throw new SowerError('E_DATA_ROW', 'the table has 0 rows', {
      where: path,
      fix: 'put rows below the header, or add header: false where the first line is a row',
    });
  }
  const finished = columns.map(({ name, words, cells }) => ({ name, words, cells: cells.subarray(0, rows) }));
  return { path, columns: finished, rows, lines: lines.subarray(0, rows) };
}
