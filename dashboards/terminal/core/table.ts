import { type Line, type Segment, type Tone, text, toCells } from './line.ts';

export interface Column<Row> {
  readonly title: string;
  readonly align: 'left' | 'right';
  readonly cell: (row: Row) => string;
  readonly tone?: (row: Row) => Tone;
  /** Cells where the content of a page is narrower. */
  readonly least?: number;
}

export interface Table {
  readonly head: Line;
  readonly rows: readonly Line[];
  /** Columns that did not fit; they drop from the right. */
  readonly droppedColumns: number;
}

/** Lays out one page of rows; column widths follow the page's content. `selected` is an index into `rows`. */
export function layoutTable<Row>(
  columns: readonly Column<Row>[],
  rows: readonly Row[],
  selected: number,
  width: number,
): Table {
  const content = columns.map((column) => rows.map((row) => column.cell(row)));
  const widths = columns.map((column, index) =>
    Math.max(column.title.length, column.least ?? 0, ...(content[index] ?? []).map((cell) => cell.length)),
  );
  let used = 2;
  let shown = 0;
  while (shown < columns.length && used + (widths[shown] ?? 0) + 2 <= width) used += (widths[shown++] ?? 0) + 2;
  const line = (cells: (index: number) => Segment): Line =>
    columns.slice(0, shown).flatMap((_, index) => [cells(index), text('  ')]);
  return {
    head: [
      text('   '),
      ...line((index) =>
        text(toCells(columns[index]?.title ?? '', widths[index] ?? 0, columns[index]?.align), 'faint'),
      ),
    ],
    rows: rows.map((row, at) => [
      text(at === selected ? ' > ' : '   ', 'accent'),
      ...line((index) => ({
        text: toCells(content[index]?.[at] ?? '', widths[index] ?? 0, columns[index]?.align),
        tone: columns[index]?.tone?.(row) ?? 'plain',
        bold: at === selected,
      })),
    ]),
    droppedColumns: columns.length - shown,
  };
}
