import type { Standing } from '../../../shared/stats/standing.ts';
import {
  formatCount,
  formatInterval,
  formatMeanSd,
  formatMetric,
  formatParameter,
  UNKNOWN,
} from '../../../shared/view/format.ts';
import { verdictOf } from '../../../shared/view/verdict.ts';
import type { ReportData } from '../data.ts';
import { html, type Markup, px } from '../markup.ts';
import { section, table } from '../section.ts';

/** More rows are counted, not shown. */
const MOST_ROWS = 100;
/** Beside more columns there is no room for them on a page. */
const MOST_VARIED_WITH_BARS = 2;
const BAR_WIDTH = 130;
const BAR_HEIGHT = 14;

/** Configurations by the mean over their seeds; those that do not rank below, with the reason. */
export function rankingSection(data: ReportData): Markup | null {
  const { ranking, varied } = data;
  const all = [...ranking.ranked, ...ranking.unranked];
  if (all.length === 0) return null;
  const shown = all.slice(0, MOST_ROWS);
  const bar = intervalBar(shown.filter(({ rank }) => rank !== null));
  const { name, goal } = ranking.objective;
  const hasBars = varied.length <= MOST_VARIED_WITH_BARS;
  const columns = [
    { title: 'rank', numeric: true },
    { title: 'configuration' },
    { title: '' },
    ...varied.map((title) => ({ title, numeric: true })),
    { title: `${name} mean ± sd`, numeric: true },
    { title: 'n', numeric: true },
    { title: '95 % interval', numeric: true },
    ...(hasBars ? [{ title: '' }] : []),
  ];
  const rows = shown.map((standing) => ({
    tone: toneOf(standing),
    cells: [
      standing.rank === null ? UNKNOWN : String(standing.rank),
      standing.configuration,
      verdictOf(standing),
      ...varied.map((path) => formatParameter(standing.params[path])),
      standing.rank === null ? UNKNOWN : formatMeanSd(standing.mean, standing.sd),
      `${standing.n}/${standing.planned}`,
      standing.rank === null ? UNKNOWN : formatInterval(standing.ci95, standing.sd),
      ...(hasBars ? [standing.rank === null ? null : bar(standing)] : []),
    ],
  }));
  const left = all.length - shown.length;
  return section(
    'Ranking',
    `${goal === 'minimize' ? 'Lowest' : 'Highest'} mean ${name} over seeds first. "Tied": not told apart from the best in a t test paired over common seeds at 5 %. A configuration with failed, diverged or missing seeds does not rank.`,
    html`${table(columns, rows)}${left === 0 ? null : html`<p class="remark">and ${formatCount(left)} more</p>`}`,
  );
}

function toneOf({ rank, comparison }: Standing): 'best' | 'faint' | '' {
  if (rank === null) return 'faint';
  return comparison === 'best' || comparison === 'tied' ? 'best' : '';
}

/** Interval and mean on a scale that all rows share; wide outliers are cut off at its end. */
function intervalBar(standings: readonly Standing[]): (standing: Standing) => Markup | null {
  const means = standings.flatMap(({ mean, ci95 }) => (mean === null ? [] : [mean, ...(ci95 ?? [])]));
  const low = Math.min(...means);
  const span = Math.max(...means) - low;
  const at = (value: number) => (span === 0 ? BAR_WIDTH / 2 : 4 + ((value - low) / span) * (BAR_WIDTH - 8));
  const middle = BAR_HEIGHT / 2;
  return ({ mean, ci95 }) => {
    if (mean === null) return null;
    const line =
      ci95 === null
        ? null
        : html`<line class="interval" x1="${px(at(ci95[0]))}" x2="${px(at(ci95[1]))}" y1="${middle}" y2="${middle}"/>`;
    return html`<svg class="bar" viewBox="0 0 ${BAR_WIDTH} ${BAR_HEIGHT}" width="${BAR_WIDTH}" height="${BAR_HEIGHT}" aria-hidden="true">${line}<circle class="mean" cx="${px(at(mean))}" cy="${middle}" r="3.5"><title>${formatMetric(mean)}</title></circle></svg>`;
  };
}
