/** How much there is to draw on. `wide`: two columns; `narrow`: one; `summary`: the head and a line each. */
export interface ScreenSize {
  readonly columns: number;
  /** Rows that are drawn: one less than the terminal has, because a full-height frame makes Ink clear the scrollback. */
  readonly rows: number;
  readonly density: 'wide' | 'narrow' | 'summary';
}

/** A pty that reports 0x0 (some ssh -tt, `script`, CI) is taken for 80x24. */
export function screenSize(reportedColumns: number | undefined, reportedRows: number | undefined): ScreenSize {
  const columns = reportedColumns === undefined || reportedColumns <= 0 ? 80 : reportedColumns;
  const terminalRows = reportedRows === undefined || reportedRows <= 0 ? 24 : reportedRows;
  const rows = Math.max(1, terminalRows - 1);
  if (columns < 60 || terminalRows < 15) return { columns, rows, density: 'summary' };
  return { columns, rows, density: columns >= 100 && terminalRows >= 24 ? 'wide' : 'narrow' };
}
