import { formatAmount } from '../../../shared/view/format.ts';
import { svg } from '../chart.ts';
import { type ClassesReport, PART_NAMES } from '../data.ts';
import { html, type Markup, px } from '../markup.ts';

const MOST_CLASSES = 30;
const TITLE_WIDTH = 190;
/** Sine of the angle of names that stand aslant. */
const SLANT = Math.SQRT1_2;

/** Rows are what is true, columns what the model took it for; null where there are too many classes to read. */
export function confusionFigure({ classes, confusion, part, rows }: ClassesReport): Markup | null {
  if (classes.length > MOST_CLASSES) return null;
  const cell = classes.length > 15 ? 26 : 40;
  const longest = 7 * Math.max(...classes.map((name) => name.length));
  // Names that are wider than a column stand aslant above it.
  const isSlanted = longest > cell - 4;
  const left = 40 + longest;
  const top = isSlanted ? 54 + longest * SLANT : 58;
  const width = Math.max(TITLE_WIDTH, left + classes.length * cell + (isSlanted ? longest * SLANT : 8));
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
      html`<text class="tick" x="${px(left - 8)}" y="${px(top + (i + 0.5) * cell + 3)}" text-anchor="end">${name}</text>${heading(name, left + (i + 0.5) * cell - 1, top - 8, isSlanted)}`,
  );
  return svg(
    { width, height },
    `confusion matrix on ${PART_NAMES[part]} data`,
    html`<text class="name strong" x="0" y="14">Confusion, ${formatAmount(rows, `${PART_NAMES[part]} row`)}</text><text class="name" x="${px(left)}" y="34">taken for</text><text class="name" x="0" y="${top - 8}">true</text>${names}${cells}`,
  );
}

function heading(name: string, x: number, y: number, isSlanted: boolean): Markup {
  return isSlanted
    ? html`<text class="tick" transform="translate(${px(x + 4)} ${px(y)}) rotate(-45)">${name}</text>`
    : html`<text class="tick" x="${px(x)}" y="${px(y)}" text-anchor="middle">${name}</text>`;
}
