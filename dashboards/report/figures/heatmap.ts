import { describeValues } from '../../../shared/stats/index.ts';
import type { Standing } from '../../../shared/stats/standing.ts';
import { decimalsForSpread, formatMetric } from '../../../shared/view/format.ts';
import { svg } from '../chart.ts';
import { goodness, shadeOf } from '../color.ts';
import type { ReportData } from '../data.ts';
import { type Level, levelKey, levelsOf, standingsOf } from '../levels.ts';
import { html, type Markup, px } from '../markup.ts';
import { section } from '../section.ts';

const MOST_LEVELS = 12;
const MOST_PAIRS = 6;
const CELL_WIDTH = 92;
const CELL_HEIGHT = 56;
const GAP = 3;

export interface Cell {
  /** Over all seeds with a value; null where there is none. */
  readonly mean: number | null;
  readonly sd: number | null;
  readonly n: number;
  /** `4/5 diverged`, `5/9 lost` where seeds failed, too; null where every seed that ended has a value. */
  readonly mark: string | null;
  readonly failed: number;
  readonly diverged: number;
  /** Nothing of it has ended. */
  readonly empty: boolean;
}

/** Mean over seeds, and over the values of all other parameters. */
export function cellOf(standings: readonly Standing[]): Cell {
  const described = describeValues(standings.flatMap(({ values }) => values.map(({ value }) => value)));
  const sum = (word: 'failed' | 'diverged' | 'planned') =>
    standings.reduce((total, standing) => total + standing[word], 0);
  const [failed, diverged] = [sum('failed'), sum('diverged')];
  const word = failed === 0 ? 'diverged' : diverged === 0 ? 'failed' : 'lost';
  return {
    mean: described?.mean ?? null,
    sd: described?.sd ?? null,
    n: described?.n ?? 0,
    mark: failed + diverged === 0 ? null : `${failed + diverged}/${sum('planned')} ${word}`,
    failed,
    diverged,
    empty: standings.length === 0,
  };
}

/** One map for each pair of parameters with few values, in file order, at most six. */
export function heatmapSection(data: ReportData): Markup | null {
  const axes = data.varied
    .map((path) => ({ path, levels: levelsOf(data, path) }))
    .filter(({ levels }) => levels.length > 1 && levels.length <= MOST_LEVELS);
  const pairs = axes.flatMap((rows, i) => axes.slice(i + 1).map((columns) => ({ rows, columns })));
  if (pairs.length === 0) return null;
  const { name, goal } = data.spec.objective;
  const others = data.varied.length > 2 ? ' and over all values of the other parameters' : '';
  return section(
    'Two parameters at a time',
    `Mean ${name} over seeds${others}; brighter is better (${goal}). Hatched: seeds failed or diverged; a mean there is only of the seeds that are left, and in brackets.`,
    html`<div class="figures">${pairs.slice(0, MOST_PAIRS).map(({ rows, columns }) => heatmap(data, rows, columns))}</div>`,
  );
}

interface ParameterAxis {
  readonly path: string;
  readonly levels: readonly Level[];
}

function heatmap(data: ReportData, rows: ParameterAxis, columns: ParameterAxis): Markup {
  const cells = rows.levels.map((row) =>
    columns.levels.map((column) =>
      cellOf(
        standingsOf(data).filter(
          ({ params }) => levelKey(params[rows.path]) === row.key && levelKey(params[columns.path]) === column.key,
        ),
      ),
    ),
  );
  const sound = cells.flat().flatMap(({ mean, mark }) => (mean === null || mark !== null ? [] : [mean]));
  const share = goodness(sound, data.spec.objective.goal);
  const left = 24 + 7.5 * Math.max(rows.path.length, ...rows.levels.map(({ text }) => text.length));
  const width = left + columns.levels.length * CELL_WIDTH + 10;
  const height = 50 + rows.levels.length * CELL_HEIGHT + 6;
  const label = `${data.spec.objective.name} by ${rows.path} and ${columns.path}`;
  return svg(
    { width, height },
    label,
    html`<text class="name" x="0" y="40">${rows.path}</text><text class="name" x="${px(left)}" y="14">${columns.path}</text>${columns.levels.map(
      ({ text }, i) =>
        html`<text class="tick" x="${px(left + (i + 0.5) * CELL_WIDTH)}" y="40" text-anchor="middle">${text}</text>`,
    )}${rows.levels.map(
      ({ text }, i) =>
        html`<text class="tick" x="${px(left - 12)}" y="${px(54 + (i + 0.5) * CELL_HEIGHT)}" text-anchor="end">${text}</text>${cells[
          i
        ]!.map(
          (cell, j) =>
            html`<g transform="translate(${px(left + j * CELL_WIDTH)} ${px(50 + i * CELL_HEIGHT)})">${cellMarkup(cell, share)}<title>${rows.path}=${text} ${columns.path}=${columns.levels[j]!.text}: ${cellTitle(cell)}</title></g>`,
        )}`,
    )}`,
  );
}

function cellMarkup(cell: Cell, share: (value: number) => number): Markup {
  const { mean, mark, sd, empty } = cell;
  const box = `width="${CELL_WIDTH - GAP}" height="${CELL_HEIGHT - GAP}" rx="4"`;
  const middle = px((CELL_WIDTH - GAP) / 2);
  if (empty) return html`<rect class="empty" ${{ markup: box }}/>`;
  if (mark !== null || mean === null) {
    const value =
      mean === null
        ? null
        : html`<text class="value" x="${middle}" y="23" text-anchor="middle">(${formatMetric(mean)})</text>`;
    return html`<rect class="hatched" fill="url(#hatch)" ${{ markup: box }}/>${value}<text class="mark" x="${middle}" y="${mean === null ? 31 : 40}" text-anchor="middle">${mark ?? 'no value'}</text>`;
  }
  const { fill, ink } = shadeOf(share(mean));
  const spread =
    sd === null
      ? null
      : html`<text class="spread" x="${middle}" y="41" text-anchor="middle" style="fill:${ink}">± ${sd.toFixed(decimalsForSpread(sd))}</text>`;
  return html`<rect fill="${fill}" ${{ markup: box }}/><text class="value" x="${middle}" y="${sd === null ? 32 : 25}" text-anchor="middle" style="fill:${ink}">${formatMetric(mean)}</text>${spread}`;
}

/** What a cell says when the pointer rests on it. */
export function cellTitle({ mean, sd, n, mark, failed, diverged, empty }: Cell): string {
  if (empty) return 'nothing has ended';
  const value = mean === null ? 'no value' : `mean ${formatMetric(mean)}, sd ${formatMetric(sd)}, n ${n}`;
  return mark === null ? value : `${value}; ${failed} failed, ${diverged} diverged`;
}
