/** Plain tables that fit the width: cells are padded, the last columns drop first, and the header says how many. */

export interface Column {
  readonly title: string;
  readonly align: 'left' | 'right';
}

/** Applied to a whole padded cell, so that colour codes do not count as width. */
export type CellStyle = (text: string, row: number, column: number) => string;

const GAP = '  ';

/** Lines of the table, header first. `cells[row][column]` are plain text without control codes. */
export function formatTable(
  columns: readonly Column[],
  cells: readonly (readonly string[])[],
  width: number,
  style: CellStyle = (text) => text,
): readonly string[] {
  const widths = columns.map(({ title }, c) => Math.max(title.length, ...cells.map((row) => (row[c] ?? '').length)));
  const shown = columnsThatFit(widths, width);
  const hidden = columns.length - shown;
  const header = columns.slice(0, shown).map(({ title, align }, c) => pad(title, widths[c] ?? 0, align));
  const lines = cells.map((row, r) =>
    columns
      .slice(0, shown)
      .map(({ align }, c) => style(pad(row[c] ?? '', widths[c] ?? 0, align), r, c))
      .join(GAP)
      .trimEnd(),
  );
  return [`${header.join(GAP)}${hidden > 0 ? `${GAP}+${hidden} cols` : ''}`.trimEnd(), ...lines];
}

const HIDDEN_MARK_WIDTH = `${GAP}+00 cols`.length;

function columnsThatFit(widths: readonly number[], width: number): number {
  const total = (count: number) => widths.slice(0, count).reduce((sum, w) => sum + w + GAP.length, -GAP.length);
  if (total(widths.length) <= width) return widths.length;
  let count = widths.length - 1;
  while (count > 1 && total(count) + HIDDEN_MARK_WIDTH > width) count--;
  return Math.max(1, count);
}

function pad(text: string, width: number, align: 'left' | 'right'): string {
  return align === 'left' ? text.padEnd(width) : text.padStart(width);
}

/** RFC 4180: cells with a comma, quote or line break are quoted. */
export function formatCsvRow(cells: readonly string[]): string {
  return cells.map((cell) => (/[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell)).join(',');
}
