import { describeValues } from '../../../shared/stats/index.ts';
import type { Standing } from '../../../shared/stats/standing.ts';
import { decimalsForSpread, formatMetric } from '../../../shared/view/format.ts';
import type { TrialRow } from '../../../shared/view/types.ts';
import { svg } from '../chart.ts';
import { goodness, shadeOf } from '../color.ts';
import type { ReportData } from '../data.ts';
import { type Grouping, groupingOf, standingsOf } from '../levels.ts';
import { html, type Markup, px } from '../markup.ts';
import { section } from '../section.ts';

const MOST_LEVELS = 12;
/** As small multiples; the others are folded away below them. */
const OPEN_PAIRS = 6;
const MOST_PAIRS = 45;
const CELL_WIDTH = 118;
const CELL_HEIGHT = 58;
const GAP = 3;

export interface Cell {
  /** Over all seeds with a value; null where there is none. */
  readonly mean: number | null;
  readonly sd: number | null;
  readonly n: number;
  /** `4 of 5 diverged`, `5 of 9 lost` where seeds failed, too; null where every seed that ended has a value. */
  readonly mark: string | null;
  /** Why, the commonest reason first: `3 NaN`, `1 at chance`. */
  readonly reasons: readonly string[];
  readonly failed: number;
  readonly diverged: number;
  /** Nothing of it has ended. */
  readonly empty: boolean;
}

/** Mean over seeds, and over the values of all other parameters. */
export function cellOf(standings: readonly Standing[], lost: readonly TrialRow[]): Cell {
  const described = describeValues(standings.flatMap(({ values }) => values.map(({ value }) => value)));
  const sum = (word: 'failed' | 'diverged' | 'planned') =>
    standings.reduce((total, standing) => total + standing[word], 0);
  const [failed, diverged] = [sum('failed'), sum('diverged')];
  const word = failed === 0 ? 'diverged' : diverged === 0 ? 'failed' : 'lost';
  return {
    mean: described?.mean ?? null,
    sd: described?.sd ?? null,
    n: described?.n ?? 0,
    mark: failed + diverged === 0 ? null : `${failed + diverged} of ${sum('planned')} ${word}`,
    reasons: reasonsOf(lost),
    failed,
    diverged,
    empty: standings.length === 0,
  };
}

function reasonsOf(lost: readonly TrialRow[]): readonly string[] {
  const counts = new Map<string, number>();
  for (const row of lost) counts.set(reasonWord(row), (counts.get(reasonWord(row)) ?? 0) + 1);
  return [...counts].sort(([, a], [, b]) => b - a).map(([word, count]) => `${count} ${word}`);
}

/** What fits into a cell of a trial's reason. */
function reasonWord({ state, reason }: TrialRow): string {
  if (state === 'failed') return 'failed';
  if (reason === null) return 'diverged';
  if (reason.includes('NaN')) return 'NaN';
  if (reason.includes('chance')) return 'at chance';
  return reason.includes('finite') ? 'infinite' : 'diverged';
}

/** One map for each pair of parameters in file order; a parameter with many values is shown in ranges. */
export function heatmapSection(data: ReportData): Markup | null {
  const standings = standingsOf(data);
  const lost = data.trials.filter(({ state }) => state === 'diverged' || state === 'failed');
  const axes = data.varied.flatMap((path): ParameterAxis[] => {
    const grouping = groupingOf(data, path, MOST_LEVELS);
    if (grouping === null) return [];
    const places = (all: readonly Pick<Standing, 'params'>[]) => all.map(({ params }) => grouping.indexOf(params));
    return [{ ...grouping, ofStandings: places(standings), ofLost: places(lost) }];
  });
  const pairs = axes.flatMap((rows, i) => axes.slice(i + 1).map((columns) => ({ rows, columns })));
  if (pairs.length === 0) return null;
  const folded = pairs.slice(OPEN_PAIRS, MOST_PAIRS);
  const maps = (some: typeof pairs) =>
    html`<div class="figures">${some.map(({ rows, columns }) =>
      heatmap(data, rows, columns, cellsOf({ rows, columns, standings, lost })),
    )}</div>`;
  const { name, goal } = data.spec.objective;
  const others = data.varied.length > 2 ? ' and over all values of the other parameters' : '';
  const ranges = axes.some(({ isBinned }) => isBinned) ? ' Parameters with many values are shown in ranges.' : '';
  return section(
    'Two parameters at a time',
    `Mean ${name} over seeds${others}; brighter is better (${goal}). Hatched: seeds failed or diverged, because a loss was no number, was infinite, or stayed where guessing gives it; a mean there is only of the seeds that are left, and in brackets.${ranges}`,
    html`${maps(pairs.slice(0, OPEN_PAIRS))}${
      folded.length === 0
        ? null
        : html`<details><summary>${folded.length} more pairs</summary>${maps(folded)}</details>`
    }`,
  );
}

/** With the place of every configuration, and of every trial without a value, on this axis. */
interface ParameterAxis extends Grouping {
  readonly ofStandings: readonly number[];
  readonly ofLost: readonly number[];
}

interface PairSource {
  readonly rows: ParameterAxis;
  readonly columns: ParameterAxis;
  readonly standings: readonly Standing[];
  readonly lost: readonly TrialRow[];
}

function cellsOf({ rows, columns, standings, lost }: PairSource): readonly (readonly Cell[])[] {
  const width = columns.texts.length;
  const sorted = <T>(all: readonly T[], down: readonly number[], across: readonly number[]) => {
    const boxes = Array.from({ length: rows.texts.length * width }, (): T[] => []);
    for (const [i, one] of all.entries()) {
      if (down[i]! >= 0 && across[i]! >= 0) boxes[down[i]! * width + across[i]!]!.push(one);
    }
    return boxes;
  };
  const there = sorted(standings, rows.ofStandings, columns.ofStandings);
  const gone = sorted(lost, rows.ofLost, columns.ofLost);
  return rows.texts.map((_, row) =>
    columns.texts.map((_, column) => cellOf(there[row * width + column]!, gone[row * width + column]!)),
  );
}

function heatmap(
  data: ReportData,
  rows: ParameterAxis,
  columns: ParameterAxis,
  cells: readonly (readonly Cell[])[],
): Markup {
  const sound = cells.flat().flatMap(({ mean, mark }) => (mean === null || mark !== null ? [] : [mean]));
  const share = goodness(sound, data.spec.objective.goal);
  const left = 18 + 6.8 * Math.max(rows.path.length, ...rows.texts.map((text) => text.length));
  const width = left + columns.texts.length * CELL_WIDTH + 10;
  const height = 50 + rows.texts.length * CELL_HEIGHT + 6;
  const label = `${data.spec.objective.name} by ${rows.path} and ${columns.path}`;
  return svg(
    { width, height },
    label,
    html`<text class="name" x="0" y="40">${rows.path}</text><text class="name" x="${px(left)}" y="14">${columns.path}</text>${columns.texts.map(
      (text, i) =>
        html`<text class="tick" x="${px(left + (i + 0.5) * CELL_WIDTH)}" y="40" text-anchor="middle">${text}</text>`,
    )}${rows.texts.map(
      (text, i) =>
        html`<text class="tick" x="${px(left - 12)}" y="${px(54 + (i + 0.5) * CELL_HEIGHT)}" text-anchor="end">${text}</text>${cells[
          i
        ]!.map(
          (cell, j) =>
            html`<g transform="translate(${px(left + j * CELL_WIDTH)} ${px(50 + i * CELL_HEIGHT)})">${cellMarkup(cell, share)}<title>${rows.path}=${text} ${columns.path}=${columns.texts[j]!}: ${cellTitle(cell)}</title></g>`,
        )}`,
    )}`,
  );
}

function cellMarkup(cell: Cell, share: (value: number) => number): Markup {
  const { mean, mark, reasons, sd, empty } = cell;
  const box = `width="${CELL_WIDTH - GAP}" height="${CELL_HEIGHT - GAP}" rx="4"`;
  const middle = px((CELL_WIDTH - GAP) / 2);
  const line = (kind: string, y: number, text: string) =>
    html`<text class="${kind}" x="${middle}" y="${px(y)}" text-anchor="middle">${text}</text>`;
  if (empty) return html`<rect class="empty" ${{ markup: box }}/>`;
  if (mark !== null || mean === null) {
    const lines = [mark ?? 'no value', ...(reasons.length === 0 ? [] : [reasons.slice(0, 2).join(', ')])];
    const value = mean === null ? null : line('value small', 17, `(${formatMetric(mean)})`);
    return html`<rect class="hatched" fill="url(#hatch)" ${{ markup: box }}/>${value}${lines.map((text, i) =>
      line('mark halo', (mean === null ? 33 : 41) + (i - lines.length / 2) * 15 + (mean === null ? 3 : 4), text),
    )}`;
  }
  const { fill, ink } = shadeOf(share(mean));
  const spread =
    sd === null
      ? null
      : html`<text class="spread" x="${middle}" y="41" text-anchor="middle" style="fill:${ink}">± ${sd.toFixed(decimalsForSpread(sd))}</text>`;
  return html`<rect fill="${fill}" ${{ markup: box }}/><text class="value" x="${middle}" y="${sd === null ? 32 : 25}" text-anchor="middle" style="fill:${ink}">${formatMetric(mean)}</text>${spread}`;
}

/** What a cell says when the pointer rests on it. */
export function cellTitle({ mean, sd, n, mark, reasons, failed, diverged, empty }: Cell): string {
  if (empty) return 'nothing has ended';
  const value = mean === null ? 'no value' : `mean ${formatMetric(mean)}, sd ${formatMetric(sd)}, n ${n}`;
  const why = reasons.length === 0 ? '' : ` (${reasons.join(', ')})`;
  return mark === null ? value : `${value}; ${failed} failed, ${diverged} diverged${why}`;
}
