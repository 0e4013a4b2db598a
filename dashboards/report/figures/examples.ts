import type { DataOutline } from '../../../shared/protocol/index.ts';
import { exampleUri, tensorValues } from '../bitmap.ts';
import { tickText } from '../chart.ts';
import { PART_NAMES, type ReportData, type ReportedExample } from '../data.ts';
import { cut, html, type Markup } from '../markup.ts';
import { section } from '../section.ts';

/** The rows that the best trial's model is surest of: right ones, and wrong ones. */
export function examplesSection({ best }: ReportData): Markup | null {
  const evaluation = best?.evaluation ?? null;
  if (evaluation === null || !('confusion' in evaluation)) return null;
  const { most_confident_right: right, worst_wrong: wrong, part } = evaluation;
  if (right.length + wrong.length === 0) return null;
  const columns = evaluation.data?.columns ?? null;
  return section(
    'Surest answers',
    `Of the ${PART_NAMES[part]} rows, by the best trial's model, the surest first. Look at the wrong ones: some may be labelled wrongly.`,
    html`${group('Right', right, columns)}${group('Wrong', wrong, columns)}`,
  );
}

type Columns = DataOutline['columns'];

function group(title: string, examples: readonly ReportedExample[], columns: Columns): Markup | null {
  if (examples.length === 0) return null;
  return html`<h3>${title}</h3><div class="images">${examples.map((example) => figure(example, columns))}</div>`;
}

function figure(example: ReportedExample, columns: Columns): Markup {
  const { row, truth, predicted, probability, true_class_probability: ofTruth } = example;
  const verdict = truth === predicted ? html`<b>${truth}</b>` : html`<b>${predicted}</b>, is <b>${truth}</b>`;
  return html`<figure title="row ${row}; probability of its true class ${ofTruth.toPrecision(3)}">${picture(example, columns)}<figcaption>${verdict}<br>${(100 * probability).toFixed(1)} %</figcaption></figure>`;
}

const SHOWN_VALUES = 8;
const HEIGHT = 96;
const LONG_SIDE = 192;

function picture({ input, row }: ReportedExample, columns: Columns): Markup {
  const image = exampleUri(input);
  if (image !== null) {
    const { uri, width, height } = image;
    const kind = Math.max(width, height) < LONG_SIDE ? 'example coarse' : 'example';
    // Pictures side by side are as high as each other, unless they are very wide.
    const scale = Math.min(HEIGHT / height, LONG_SIDE / width);
    return html`<img class="${kind}" src="${uri}" width="${Math.round(scale * width)}" height="${Math.round(scale * height)}" alt="row ${row}">`;
  }
  const values = tensorValues(input);
  const lines = values.slice(0, SHOWN_VALUES).map((value, i) => cellLine(value, columns?.[i] ?? null));
  const all = values.length > SHOWN_VALUES ? [...lines, '...'] : lines;
  return columns === null
    ? html`<code class="row">${all.join(', ')}</code>`
    : html`<code class="row">${all.map((line) => html`<div>${line}</div>`)}</code>`;
}

const LONGEST_NAME = 20;

/** `sex=female`; the bare value where rows have no columns. */
function cellLine(value: number, column: NonNullable<Columns>[number] | null): string {
  if (column === null) return cellText(value);
  const category = column.category_names?.[value];
  return `${cut(column.name, LONGEST_NAME)}=${category === undefined ? cellText(value) : cut(category, LONGEST_NAME)}`;
}

/** NaN is a cell of a table that is missing. */
function cellText(value: number): string {
  return Number.isNaN(value) ? 'missing' : tickText(Number(value.toPrecision(3)));
}
