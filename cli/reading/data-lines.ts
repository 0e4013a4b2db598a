import type { DataSummary, ShownExample } from '../../agent/data/index.ts';
import { printable } from '../../shared/kernel/errors.ts';
import type { Output } from '../output/output.ts';
import { type Picture, pictureLines, shrink } from '../output/pixels.ts';
import { formatTable } from '../output/table.ts';

const GAP = 2;

/** Columns, categories and classes beyond which nobody reads on; `--json` has all. */
const MOST_COLUMNS = 60;
const MOST_CATEGORIES = 5;
const MOST_CLASSES = 64;

/** The longest side of a picture, in pixels. */
const LONGEST_SIDE = 64;

const PART_NAMES = { train: 'training', val: 'validation', test: 'test' } as const;

type Screen = Pick<Output, 'columns' | 'ascii' | 'paint'>;

/** A data set for people: what it holds, how its classes share the rows, and what the first examples look like. */
export function dataLines(summary: DataSummary, screen: Screen): readonly string[] {
  const { name, classes, parts, hash, warnings } = summary;
  const rows = parts.map(({ part, rows }) => `${rows} ${PART_NAMES[part]} rows`).join(', ');
  const kinds = classes === null ? 'numbers to predict' : `${classes.length} classes`;
  return [
    `${printable(name)}: ${rows}; ${shapeText(summary)}; ${kinds}`,
    `data hash ${hash}`,
    ...warnings.map((warning) => `${screen.paint.warn('warning:')} ${printable(warning)}`),
    '',
    ...(summary.columns === null ? valueTable(summary, screen.columns) : columnTable(summary.columns, screen.columns)),
    '',
    ...(classes === null ? targetTable(summary, screen.columns) : classTable(classes, summary, screen.columns)),
    ...exampleLines(summary, screen),
  ];
}

function shapeText({ shape, type, columns }: DataSummary): string {
  if (columns === null) return `${shape.join(' x ')} ${type} values`;
  const numbers = columns.filter((column) => column.type === 'number').length;
  const kinds = [`${numbers} of numbers`, `${columns.length - numbers} of categories`];
  return `${columns.length} columns (${kinds.filter((kind) => !kind.startsWith('0 ')).join(', ')})`;
}

const SPREAD = ['mean', 'sd', 'min', 'max'] as const;

const columnsOf = (titles: readonly string[], left: readonly string[]) =>
  titles.map((title) => ({ title, align: left.includes(title) ? ('left' as const) : ('right' as const) }));

/** Categories may be whole texts. */
const MOST_CHARACTERS = 60;

const named = (name: string) => (name.length > MOST_CHARACTERS ? `${name.slice(0, MOST_CHARACTERS - 3)}...` : name);

const short = (value: number | undefined) =>
  value === undefined || !Number.isFinite(value) ? '-' : String(Number(value.toPrecision(5)));

function valueTable({ parts }: DataSummary, width: number): readonly string[] {
  const cells = parts.map(({ part, values }) => [part, ...SPREAD.map((title) => short(values[title]))]);
  return formatTable(columnsOf(['values', ...SPREAD], ['values']), cells, width);
}

function targetTable({ parts }: DataSummary, width: number): readonly string[] {
  const cells = parts.map(({ part, targets }) => [part, ...SPREAD.map((title) => short(targets?.[title]))]);
  return formatTable(columnsOf(['targets', ...SPREAD], ['targets']), cells, width);
}

function columnTable(columns: NonNullable<DataSummary['columns']>, width: number): readonly string[] {
  const titles = ['column', 'type', 'missing', ...SPREAD, 'categories'];
  const cells = columns
    .slice(0, MOST_COLUMNS)
    .map(({ name, type, missing, values, categories }) => [
      named(name),
      type,
      missing === 0 ? '.' : String(missing),
      ...SPREAD.map((title) => (values === null ? '' : short(values[title]))),
      categories === null ? '' : categoryText(categories),
    ]);
  const more = columns.length - cells.length;
  return [
    ...formatTable(columnsOf(titles, ['column', 'type', 'categories']), cells, width),
    ...(more > 0 ? [`and ${more} more columns; --json has all`] : []),
  ];
}

/** `red 12, blue 5 and 3 more` */
function categoryText(categories: readonly { readonly name: string; readonly rows: number }[]): string {
  const shown = categories.slice(0, MOST_CATEGORIES).map(({ name, rows }) => `${named(name)} ${rows}`);
  const more = categories.length - shown.length;
  return shown.join(', ') + (more > 0 ? ` and ${more} more` : '');
}

function classTable(classes: readonly string[], { parts }: DataSummary, width: number): readonly string[] {
  const cells = classes
    .slice(0, MOST_CLASSES)
    .map((name, label) => [named(name), ...parts.map(({ classRows }) => String(classRows?.[label] ?? 0))]);
  const more = classes.length - cells.length;
  return [
    ...formatTable(columnsOf(['class', ...parts.map(({ part }) => part)], ['class']), cells, width),
    ...(more > 0 ? [`and ${more} more classes; --json has all`] : []),
  ];
}

/** Images side by side, as many as fit. */
function exampleLines({ examples, shape }: DataSummary, { columns, ascii, paint }: Screen): readonly string[] {
  const size = shape.length === 2 ? [1, ...shape] : shape;
  const [channels = 0, height = 0, width = 0] = size;
  if (size.length !== 3 || !(channels === 1 || channels === 3) || examples.length === 0) return [];
  const full = examples.reduce((most, { values }) => values.reduce((peak, value) => Math.max(peak, value), most), 1);
  const pictures = examples.map((example) => shrink(pictureOf(example, width, height, channels, full), LONGEST_SIDE));
  const across = pictures[0]!.width;
  const shown = pictures.slice(0, Math.floor((columns + GAP) / (across + GAP)));
  if (shown.length === 0) return [];
  const gap = ' '.repeat(GAP);
  const colored = paint.enabled && !ascii;
  const lines = shown.map((picture) => pictureLines(picture, colored));
  const labels = shown.map((_, i) => printable(examples[i]!.label).slice(0, across).padEnd(across)).join(gap);
  const rows = lines[0]!.map((_, y) => lines.map((line) => line[y]!).join(gap));
  return ['', labels.trimEnd(), ...rows.map((row) => row.trimEnd())];
}

function pictureOf({ values }: ShownExample, width: number, height: number, channels: number, full: number): Picture {
  const length = width * height;
  const planes = Array.from({ length: channels }, (_, channel) =>
    Float32Array.from({ length }, (_, i) => Math.max(0, values[channel * length + i]!) / full),
  );
  return { width, height, planes };
}
