import { formatAmount } from '../../../shared/view/format.ts';
import { svg } from '../chart.ts';
import { type ClassesReport, PART_NAMES } from '../data.ts';
import { html, type Markup, px } from '../markup.ts';

const MOST_CLASSES = 30;

/** Rows are what is true, columns what the model took it for; null where there are too many classes to read. */
export function confusionFigure({ classes, confusion, part, rows }: ClassesReport): Markup | null {
  if (classes.length > MOST_CLASSES) return null;
  const cell = classes.length > 15 ? 26 : 40;
  const left = 40 + 7 * Math.max(...classes.map((name) => name.length));
  const top = 58;
  const width = left + classes.length * cell + 8;
  const height = top + classes.length * cell + 8;
  const totals = confusion.map((counts) => counts.reduce((sum, count) => sum + count, 0));
  const cells = confusion.map((counts, i) =>
    counts.map((count, j) => {
      const share = totals[i] === 0 ? 0 : count / totals[i]!;
      // Errors are rare: the square root makes few of them visible.
      const strength = i === j ? share : Math.sqrt(share);
      const ink = strength > 0.55 ? 'on' : count === 0 ? 'zero' : '';
      return html`<g transform="translate(${px(left + j * cell)} ${px(top + i * cell)})"><rect class="${i === j ? 'right' : 'wrong'}" width="${cell - 2}" height="${cell - 2}" rx="3" fill-opacity="${strength.toFixed(3)}"/><text class="count ${ink}" x="${px(cell / 2 - 1)}" y="${px(cell / 2 + 3)}" text-anchor="middle">${count}</text><title>${formatAmount(count, 'row')} of class ${classes[i]!} taken for ${classes[j]!}: ${(100 * share).toFixed(1)} % of its class</title></g>`;
    }),
  );
  const names = classes.map(
    (name, i) =>
      html`<text class="tick" x="${px(left - 8)}" y="${px(top + (i + 0.5) * cell + 3)}" text-anchor="end">${name}</text><text class="tick" x="${px(left + (i + 0.5) * cell - 1)}" y="${px(top - 8)}" text-anchor="middle">${name}</text>`,
  );
  return svg(
    { width, height },
    `confusion matrix on ${PART_NAMES[part]} data`,
    html`<text class="name strong" x="0" y="14">Confusion, ${formatAmount(rows, `${PART_NAMES[part]} row`)}</text><text class="name" x="${px(left)}" y="34">taken for</text><text class="name" x="0" y="${top - 8}">true</text>${names}${cells}`,
  );
}
