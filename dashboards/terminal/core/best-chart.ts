import { formatMetric } from '../../../shared/view/format.ts';
import type { BestStep } from '../../../shared/view/types.ts';
import { createCanvas } from './canvas.ts';
import { type Line, text, toCells } from './line.ts';

const LABEL_CELLS = 9;

/** The best value so far as steps over the number of trials that ended, with its axis labels; `rows` lines in all. */
export function bestChart(
  steps: readonly BestStep[],
  ended: number,
  columns: number,
  rows: number,
  ascii: boolean,
): Line[] {
  const plotColumns = columns - LABEL_CELLS - 2;
  const plotRows = rows - 1;
  if (plotColumns < 8 || plotRows < 2) return [];
  const canvas = createCanvas(plotColumns, plotRows, ascii);
  const values = steps.map(({ value }) => value);
  const lowest = Math.min(...values);
  const highest = Math.max(...values);
  const range = highest - lowest || Math.abs(highest) || 1;
  const yOf = (value: number) => (canvas.height - 1) * (1 - (value - lowest) / range);
  const xOf = (count: number) => ((canvas.width - 1) * count) / Math.max(1, ended);
  for (const [index, step] of steps.entries()) {
    const next = steps[index + 1];
    const until = next === undefined ? canvas.width - 1 : xOf(next.ended);
    for (let x = xOf(step.ended); x <= until; x++) canvas.dot(Math.round(x), Math.round(yOf(step.value)));
    if (next === undefined) continue;
    const [top, bottom] = [yOf(step.value), yOf(next.value)].sort((a, b) => a - b) as [number, number];
    for (let y = top; y <= bottom; y++) canvas.dot(Math.round(xOf(next.ended)), Math.round(y));
  }
  const labels = new Map<number, string>(
    steps.length === 0
      ? []
      : [
          [0, formatMetric(highest)],
          [plotRows - 1, range === highest - lowest ? formatMetric(lowest) : ''],
        ],
  );
  const bar = ascii ? '|' : '│';
  const lines: Line[] = canvas
    .lines()
    .map((plot, row) => [
      text(`${toCells(labels.get(row) ?? '', LABEL_CELLS, 'right')} ${bar}`, 'faint'),
      text(plot, 'accent'),
    ]);
  const caption = `${ascii ? '+' : '└'} trials ended 0 `;
  const end = ` ${ended}`;
  const dash = (ascii ? '-' : '─').repeat(Math.max(0, plotColumns + 1 - caption.length - end.length));
  return [...lines, [text(`${' '.repeat(LABEL_CELLS + 1)}${caption}${dash}${end}`, 'faint')]];
}
