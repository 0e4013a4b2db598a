import type { DataOutline, OutlinedColumn } from '../../../shared/protocol/index.ts';
import { formatCount } from '../../../shared/view/format.ts';
import { PART_NAMES, type ReportData } from '../data.ts';
import { html, type Markup, px } from '../markup.ts';
import { facts, section, table } from '../section.ts';

const MOST_CLASSES = 60;
const MOST_COLUMNS = 40;
const BAR_WIDTH = 120;

/** What was learned from: where it came from, how many rows of what shape, and how the classes share them. */
export function dataSection({ data, origins }: ReportData): Markup | null {
  if (data === null) return null;
  const hashes = [...new Set(origins.map(({ dataHash }) => dataHash))];
  const { outline } = data;
  return section(
    'Data',
    outline === null
      ? 'The files of the best trial are on another machine, so its rows are not counted here.'
      : 'As the best trial saw it.',
    html`${facts([
      ['data set', data.name],
      ['from', data.source],
      ...(data.fileHash === null ? [] : [['file SHA-256', html`<code>${data.fileHash}</code>`] as const]),
      ...(outline === null ? [] : outlineFacts(outline, data.target)),
      ...(data.steps.length === 0 ? [] : [['prepared', data.steps.map((step) => html`<div>${step}</div>`)] as const]),
      ...(hashes.length === 0
        ? []
        : [['content hash', hashes.map((hash) => html`<div><code>${hash}</code></div>`)] as const]),
    ])}${outline === null || outline.classes === null ? null : classTable(outline, outline.classes)}`,
  );
}

function outlineFacts(outline: DataOutline, target: string | null): readonly (readonly [string, string])[] {
  const { type, shape, columns, prepared_shape: prepared, classes, parts } = outline;
  const stored = `${shape.join(' x ')} ${type === 'uint8' ? 'bytes' : 'numbers'}`;
  const isChanged = prepared.join() !== shape.join();
  return [
    ['example', isChanged ? `${stored}, to the model ${prepared.join(' x ')} numbers` : stored],
    ...(columns === null ? [] : [['columns', columnText(columns)] as const]),
    ['rows', parts.map(({ part, rows }) => `${formatCount(rows)} ${PART_NAMES[part]}`).join(', ')],
    [
      'predicted',
      `${classes === null ? 'numbers' : `${formatCount(classes.length)} classes`}${target === null ? '' : `, column ${target}`}`,
    ],
  ];
}

/** `age, sex (2 categories)` */
function columnText(columns: readonly OutlinedColumn[]): string {
  const shown = columns
    .slice(0, MOST_COLUMNS)
    .map(({ name, categories }) => (categories === null ? name : `${name} (${formatCount(categories)} categories)`));
  const left = columns.length - shown.length;
  return shown.join(', ') + (left === 0 ? '' : ` and ${formatCount(left)} more`);
}

/** A row per class with its count in each part; what no training row shows is marked in words. */
function classTable({ parts }: DataOutline, classes: readonly string[]): Markup {
  const trained = parts.find(({ part }) => part === 'train')?.class_rows ?? [];
  const most = Math.max(1, ...trained);
  const shown = classes.slice(0, MOST_CLASSES);
  const columns = [
    { title: 'class' },
    ...parts.map(({ part }) => ({ title: PART_NAMES[part], numeric: true })),
    { title: 'training rows, to scale' },
  ];
  const rows = shown.map((name, label) => ({
    cells: [
      name,
      ...parts.map(({ class_rows }) => formatCount(class_rows?.[label] ?? 0)),
      trained[label] === 0 ? html`<b class="lacking">never trained</b>` : bar((trained[label] ?? 0) / most),
    ],
  }));
  const left = classes.length - shown.length;
  return html`<div class="after">${table(columns, rows)}</div>${left === 0 ? null : html`<p class="remark">and ${formatCount(left)} more classes</p>`}`;
}

function bar(share: number): Markup {
  return html`<svg class="bar" viewBox="0 0 ${BAR_WIDTH} 10" aria-hidden="true"><rect class="right" width="${px(Math.max(1, share * BAR_WIDTH))}" height="10" rx="2"/></svg>`;
}
