/** Plain tables that fit the width: cells are padded, columns drop from the right, and the header says how many. */
import { printable } from '../../shared/kernel/errors.ts';

export interface Column {
  readonly title: string;
  readonly align: 'left' | 'right';
  /** Drops only when everything else has. */
  readonly keep?: boolean;
}

/** Applied to a whole padded cell, so that colour codes do not count as width. */
export type CellStyle = (text: string, row: number, column: number) => string;

const GAP = '  ';

/** Lines of the table, header first. `cells[row][column]` are plain text; control codes in them are made visible. */
export function formatTable(
  columns: readonly Column[],
  given: readonly (readonly string[])[],
  width: number,
  style: CellStyle = (text) => text,
): readonly string[] {
  const cells = given.map((row) => row.map(printable));
  const widths = columns.map(({ title }, c) => Math.max(title.length, ...cells.map((row) => (row[c] ?? '').length)));
  const shown = columnsThatFit(columns, widths, width);
  const hidden = columns.length - shown.length;
  const line = (cell: (c: number) => string) => shown.map(cell).join(GAP).trimEnd();
  const padded = (text: string, c: number) => pad(text, widths[c] ?? 0, columns[c]?.align ?? 'left');
  const header = line((c) => padded(columns[c]?.title ?? '', c));
  return [
    `${header}${hidden > 0 ? `${GAP}+${hidden} cols` : ''}`,
    ...cells.map((row, r) => line((c) => style(padded(row[c] ?? '', c), r, c))),
  ];
}

const HIDDEN_MARK_WIDTH = `${GAP}+00 cols`.length;

/** Indices of the columns that are drawn; at least one. */
function columnsThatFit(columns: readonly Column[], widths: readonly number[], width: number): readonly number[] {
  const shown = columns.map((_, c) => c);
  const fits = () => {
    const total = shown.reduce((sum, c) => sum + (widths[c] ?? 0) + GAP.length, -GAP.length);
    if (shown.length === columns.length) return total <= width;
    // The mark stands in the header alone, where a last column without a title leaves room.
    const last = shown[shown.length - 1] ?? 0;
    const { title, align } = columns[last] as Column;
    const header = align === 'left' ? total - (widths[last] ?? 0) + title.length : total;
    return Math.max(total, header + HIDDEN_MARK_WIDTH) <= width;
  };
  while (shown.length > 1 && !fits()) {
    const loose = shown.findLastIndex((c) => columns[c]?.keep !== true);
    shown.splice(loose > 0 ? loose : -1, 1);
  }
  return shown;
}

function pad(text: string, width: number, align: 'left' | 'right'): string {
  return align === 'left' ? text.padEnd(width) : text.padStart(width);
}

/** RFC 4180: cells with a comma, quote or line break are quoted. */
export function formatCsvRow(cells: readonly string[]): string {
  return cells.map((cell) => (/[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell)).join(',');
}
