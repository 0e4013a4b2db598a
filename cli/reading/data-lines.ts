import type { DataSummary, ShownExample } from '../../agent/data/index.ts';
import { formatTable } from '../output/table.ts';

/** From empty to full. */
const INK = ' .:-=+*#%@';
const GAP = 2;

/** A data set for people: what it holds, how its classes share the rows, and what the first examples look like. */
export function dataLines(summary: DataSummary, width: number): readonly string[] {
  const { name, type, shape, classes, parts, examples, hash } = summary;
  const rows = parts.map(({ part, rows }) => `${rows} ${part === 'train' ? 'training' : part} rows`).join(', ');
  const kinds = classes === null ? 'numbers to predict' : `${classes.length} classes`;
  return [
    `${name}: ${rows}; ${shape.join(' x ')} ${type} values; ${kinds}`,
    `data hash ${hash}`,
    '',
    ...valueTable(summary, width),
    ...(classes === null ? [] : ['', ...classTable(classes, summary, width)]),
    ...pictureLines(examples, shape, width),
  ];
}

function valueTable({ parts }: DataSummary, width: number): readonly string[] {
  const titles = ['mean', 'sd', 'min', 'max'] as const;
  const columns = ['values', ...titles].map((title, c) => ({ title, align: c === 0 ? 'left' : 'right' }) as const);
  const cells = parts.map(({ part, values }) => [
    part,
    ...titles.map((title) => String(Number(values[title].toPrecision(5)))),
  ]);
  return formatTable(columns, cells, width);
}

function classTable(classes: readonly string[], { parts }: DataSummary, width: number): readonly string[] {
  const columns = ['class', ...parts.map(({ part }) => part)].map(
    (title, c) => ({ title, align: c === 0 ? 'left' : 'right' }) as const,
  );
  const cells = classes.map((name, label) => [name, ...parts.map(({ classRows }) => String(classRows?.[label] ?? 0))]);
  return formatTable(columns, cells, width);
}

/** Images side by side, as many as fit; a character is one pixel wide and two high, as characters are. */
function pictureLines(examples: readonly ShownExample[], shape: readonly number[], width: number): readonly string[] {
  const [height = 0, pixels = 0] = shape;
  const shown = examples.slice(0, Math.floor((width + GAP) / (pixels + GAP)));
  if (shape.length !== 2 || shown.length === 0) return [];
  const gap = ' '.repeat(GAP);
  const full = Math.max(1, ...shown.flatMap(({ values }) => values));
  const line = (values: readonly number[], y: number) =>
    Array.from({ length: pixels }, (_, x) => {
      const ink = ((values[y * pixels + x] ?? 0) + (values[(y + 1) * pixels + x] ?? 0)) / (2 * full);
      return INK[Math.min(INK.length - 1, Math.floor(ink * INK.length))];
    }).join('');
  const pictures = Array.from({ length: Math.ceil(height / 2) }, (_, y) =>
    shown
      .map(({ values }) => line(values, 2 * y))
      .join(gap)
      .trimEnd(),
  );
  const labels = shown.map(({ label }) => label.slice(0, pixels).padEnd(pixels)).join(gap);
  return ['', labels.trimEnd(), ...pictures];
}
