import { describe, expect, it } from 'vitest';
import { formatCsvRow, formatTable } from '../../../cli/output/table.ts';

const columns = [
  { title: 'trial', align: 'left' },
  { title: 'loss', align: 'right' },
  { title: 'agent', align: 'left' },
] as const;
const cells = [
  ['t000001', '0.5', 'alpha:0'],
  ['t000002', '12.25', 'b'],
];

describe('formatTable', () => {
  it('aligns columns and cuts blanks at the end', () => {
    expect(formatTable(columns, cells, 80)).toEqual([
      'trial     loss  agent',
      't000001    0.5  alpha:0',
      't000002  12.25  b',
    ]);
  });

  it('drops the last columns where the width is short and says how many', () => {
    const long = [
      ['t000001', '0.5', 'a-host-with-a-long-name:0'],
      ['t000002', '12.25', 'b'],
    ];
    const lines = formatTable(columns, long, 30);
    expect(lines[0]).toBe('trial     loss  +1 cols');
    expect(lines[1]).toBe('t000001    0.5');
  });

  it('keeps the first column at any width', () => {
    expect(formatTable(columns, cells, 1)[1]).toBe('t000001');
  });

  it('drops what is kept last of all', () => {
    const kept = columns.map((column) => ({ ...column, keep: column.title === 'agent' }));
    const wide = cells.map(([trial, loss, agent]) => [trial ?? '', `${loss}`.repeat(5), agent ?? '']);
    expect(formatTable(kept, wide, 26)).toEqual(['trial    agent  +1 cols', 't000001  alpha:0', 't000002  b']);
    expect(formatTable(kept, cells, 8)[1]).toBe('t000001');
  });

  it('never draws beyond the width while two columns are left', () => {
    for (let width = 25; width < 60; width++) {
      const table = formatTable(
        [...columns, { title: '', align: 'left', keep: true }],
        cells.map((row) => [...row, 'a long verdict']),
        width,
      );
      expect(Math.max(...table.map((line) => line.length))).toBeLessThanOrEqual(width);
    }
  });

  it('styles padded cells, so that control codes count for no width', () => {
    const lines = formatTable(columns, cells, 80, (text, row, column) =>
      row === 0 && column === 1 ? `<${text}>` : text,
    );
    expect(lines[1]).toBe('t000001  <  0.5>  alpha:0');
  });
});

describe('formatCsvRow', () => {
  it('quotes cells with commas, quotes and line breaks', () => {
    expect(formatCsvRow(['a', 'b,c', 'say "x"', 'two\nlines', ''])).toBe('a,"b,c","say ""x""","two\nlines",');
  });
});
