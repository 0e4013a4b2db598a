/** What keeps a table's text from being read at all, in words. */
import { isUtf8 } from 'node:buffer';
import { CsvError } from 'csv-parse';
import { SowerError } from '../../../shared/kernel/errors.ts';
import { show } from '../../../shared/sweep/finding.ts';

const [NEW_LINE, QUOTE] = [0x0a, 0x22];
export const RETURN = 0x0d;

/** No cell of a table holds as much; most often a quote is missing. */
export const MOST_ROW_BYTES = 16 * 1024 * 1024;
export const MOST_COLUMNS = 10_000;

/** Throws E_DATA_FORMAT for bytes that are no UTF-8 text. */
export function checkText(bytes: Uint8Array, path: string): void {
  const utf16 = (bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff);
  if (utf16) throw format(path, 'is UTF-16 text', SAVE);
  const nul = bytes.indexOf(0);
  if (nul >= 0) {
    throw format(`${path}, byte ${nul}`, 'a NUL byte: this is UTF-16, or no text at all', SAVE);
  }
  if (isUtf8(bytes)) return;
  let [begin, line] = [0, 1];
  for (;;) {
    const end = bytes.indexOf(NEW_LINE, begin);
    // No character is cut where a line ends.
    if (end < 0 || !isUtf8(bytes.subarray(begin, end))) break;
    [begin, line] = [end + 1, line + 1];
  }
  throw format(`${path}:${line}`, 'is not UTF-8 text', SAVE);
}

const SAVE = 'save it as CSV in UTF-8';

export interface TextExtent {
  /** Upper bound of the rows. */
  readonly rowBound: number;
  readonly newLine: number;
}

/** Looks at every byte once, before anything is made of them. Throws E_DATA_SIZE for a line of too many cells. */
export function extentOf(bytes: Uint8Array, delimiter: string, path: string): TextExtent {
  const between = delimiter.charCodeAt(0);
  let [feeds, returns, cells, quoted] = [0, 0, 1, false];
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i];
    if (byte === NEW_LINE || byte === RETURN) {
      if (byte === NEW_LINE) feeds++;
      else returns++;
      if (!quoted) cells = 1;
    } else if (byte === QUOTE) quoted = !quoted;
    else if (byte === between && !quoted && ++cells > MOST_COLUMNS) {
      throw new SowerError(
        'E_DATA_SIZE',
        `the row has more than ${MOST_COLUMNS} cells, which is the most that is read`,
        {
          where: `${path}:${Math.max(feeds, returns) + 1}`,
          fix: 'cut the file into fewer columns, or save what is needed of it as NPZ',
        },
      );
    }
  }
  return { rowBound: Math.max(feeds, returns) + 1, newLine: feeds > 0 ? NEW_LINE : RETURN };
}

/**
 * From the end of one row, to be asked in ascending order, to the line where the next begins. (csv-parse counts the line
 * breaks of quoted cells twice where they are CRLF.)
 */
export function lineAfter(bytes: Uint8Array, newLine: number): (end: number) => number {
  let [at, line] = [0, 1];
  return (end) => {
    for (; at < end || isBlank(bytes[at]); at++) if (bytes[at] === newLine) line++;
    return line;
  };
}

/** Between rows; a tab may be an empty cell. */
const isBlank = (byte: number | undefined) => byte === NEW_LINE || byte === RETURN || byte === 0x20;

/** What the parser refuses in the row that begins in `line`. Others' errors stay as they are. */
export function faultOfRow(cause: unknown, path: string, line: number): unknown {
  if (!(cause instanceof CsvError)) return cause;
  const where = `${path}:${line}`;
  const fix = 'write the cell in double quotes, and a quote inside it as two';
  switch (cause.code) {
    case 'CSV_QUOTE_NOT_CLOSED':
      return format(where, 'a double quote is opened in this row and never closed', fix, cause);
    case 'CSV_MAX_RECORD_SIZE':
      return new SowerError('E_DATA_SIZE', `the row is longer than ${MOST_ROW_BYTES / 2 ** 20} MiB`, {
        where,
        fix: 'close the double quote that was opened in it, or take the row out',
        cause,
      });
    default:
      return format(where, 'a double quote stands inside a cell', fix, cause);
  }
}

/** `names` are those of all columns. Throws E_DATA_FORMAT where two are the same. */
export function checkNames(names: readonly string[], path: string): void {
  const places = new Map<string, number>();
  for (const [i, name] of names.entries()) {
    const first = places.get(name);
    if (first === undefined) places.set(name, i);
    else {
      const fix = 'give each column a name of its own, or add header: false where the first line is a row';
      throw format(path, `columns ${first + 1} and ${i + 1} are both called ${show(name)}`, fix);
    }
  }
}

function format(where: string, message: string, fix: string, cause?: unknown): SowerError {
  return new SowerError('E_DATA_FORMAT', message, { where, fix, cause });
}
