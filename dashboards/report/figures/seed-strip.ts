import { formatMetric, formatParameters } from '../../../shared/view/format.ts';
import { bottomAxis, type Frame, numberAxis, svg } from '../chart.ts';
import type { ReportData } from '../data.ts';
import { levelsOf, standingsOf } from '../levels.ts';
import { cut, html, type Markup, px } from '../markup.ts';
import { section } from '../section.ts';

const MOST_ROWS = 40;
const ROW_HEIGHT = 20;

/** Every seed of every configuration on one scale: how far luck alone reaches. */
export function seedStripSection(data: ReportData): Markup | null {
  const valued = standingsOf(data).filter(({ n }) => n > 0);
  const standings = valued.slice(0, MOST_ROWS);
  if (standings.length === 0 || data.spec.seeds.length < 2) return null;
  const { name } = data.spec.objective;
  const varied = data.varied.filter((path) => levelsOf(data, path).length > 1);
  const texts = standings.map(
    ({ configuration, params }) => `${configuration}  ${cut(formatParameters(params, varied), LONGEST)}`,
  );
  const left = 20 + 7 * Math.max(...texts.map((text) => text.length));
  const frame: Frame = {
    width: Math.max(860, left + 560),
    height: 12 + standings.length * ROW_HEIGHT + 46,
    left,
    right: 24,
    top: 12,
    bottom: 46,
  };
  const axis = numberAxis(
    standings.flatMap(({ values }) => values.map(({ value }) => value)),
    [left + 10, frame.width - frame.right],
    7,
  );
  const rows = standings.map(({ values, mean, rank, configuration, params }, i) => {
    const y = frame.top + (i + 0.5) * ROW_HEIGHT;
    const dots = values.map(
      ({ seed, value }) =>
        html`<circle class="dot ${rank === null ? 'faint' : ''}" cx="${px(axis.at(value))}" cy="${px(y)}" r="4"><title>${configuration} seed ${seed}: ${formatMetric(value)}</title></circle>`,
    );
    const middle =
      mean === null
        ? null
        : html`<line class="middle" x1="${px(axis.at(mean))}" x2="${px(axis.at(mean))}" y1="${px(y - 8)}" y2="${px(y + 8)}"/>`;
    return html`<g><text class="tick ${rank === null ? 'faint' : ''}" x="${px(left - 8)}" y="${px(y + 4)}" text-anchor="end">${texts[i]!}<title>${formatParameters(params, varied)}</title></text><line class="grid" x1="${px(left)}" x2="${px(frame.width - frame.right)}" y1="${px(y)}" y2="${px(y)}"/>${dots}${middle}</g>`;
  });
  const more = valued.length > standings.length ? ` The first ${standings.length} of ${valued.length} are shown.` : '';
  return section(
    'Spread over seeds',
    `One dot is one seed, the bar their mean, best configuration first; hollow: does not rank.${axis.logarithmic ? ' The scale is logarithmic.' : ''}${more}`,
    svg(frame, `${name} of every seed by configuration`, html`${bottomAxis(axis, frame, name)}${rows}`),
  );
}

const LONGEST = 44;
