import { curveMonotoneX, line } from 'd3-shape';
import type { Standing } from '../../../shared/stats/standing.ts';
import { formatMetric, formatParameters } from '../../../shared/view/format.ts';
import { verdictOf } from '../../../shared/view/verdict.ts';
import { numberAxis, svg, tickText } from '../chart.ts';
import { goodness, shadeOf } from '../color.ts';
import type { ReportData } from '../data.ts';
import { isNumeric, levelKey, levelsOf, standingsOf } from '../levels.ts';
import { html, type Markup, px } from '../markup.ts';
import { section } from '../section.ts';

const MOST_LINES = 300;
const MOST_STOPS = 12;
const WIDTH = 860;
const TOP = 34;
const BASE = 300;
/** Where lines end that reached no value. */
const BELOW = BASE + 16;

interface Stop {
  readonly name: string;
  readonly yOf: (standing: Standing) => number | null;
  readonly ticks: readonly { readonly y: number; readonly text: string }[];
}

/** Each configuration as a line through its parameter values to its mean. */
export function parallelSection(data: ReportData): Markup | null {
  const varied = data.varied.filter((path) => levelsOf(data, path).length > 1);
  const standings = standingsOf(data).slice(0, MOST_LINES);
  if (varied.length < 2 || standings.filter(({ mean }) => mean !== null).length < 2) return null;
  const stops = [...varied.map((path) => parameterStop(data, path)), objectiveStop(data, standings)];
  const step = (WIDTH - 160) / (stops.length - 1);
  const xOf = (i: number) => 60 + i * step;
  const means = standings.flatMap(({ rank, mean }) => (rank === null || mean === null ? [] : [mean]));
  const share = goodness(means, data.spec.objective.goal);
  const path = line().curve(curveMonotoneX);
  // The best are drawn last, on top of the others.
  const lines = standings.toReversed().map((standing) => {
    const points = stops.flatMap((stop, i): [number, number][] => {
      const y = stop.yOf(standing);
      return y === null ? [] : [[xOf(i), y]];
    });
    const color = standing.rank === null ? null : html`style="stroke:${lineShade(share(standing.mean!))}"`;
    const kind = standing.rank === null ? 'unranked' : standing.rank === 1 ? 'first' : '';
    const reached = standing.mean === null ? verdictOf(standing) : formatMetric(standing.mean);
    return html`<path class="run ${kind}" d="${path(points) ?? ''}" ${color}><title>${standing.configuration} ${formatParameters(standing.params, varied)}: ${reached}</title></path>`;
  });
  const frames = stops.map(
    ({ name, ticks }, i) =>
      html`<g><text class="name" x="${px(xOf(i))}" y="14" text-anchor="middle">${name}</text><line class="rule" x1="${px(xOf(i))}" x2="${px(xOf(i))}" y1="${TOP}" y2="${BASE}"/>${ticks.map(
        ({ y, text }) =>
          html`<circle class="stop" cx="${px(xOf(i))}" cy="${px(y)}" r="2.5"/><rect class="plate" x="${px(xOf(i) + 5)}" y="${px(y - 8)}" width="${px(6 + 7 * text.length)}" height="16" rx="4"/><text class="tick" x="${px(xOf(i) + 8)}" y="${px(y + 4)}">${text}</text>`,
      )}</g>`,
  );
  return section(
    'All parameters at once',
    'A line is a configuration. From blue to green the mean gets better, the thick line is the best; dashed: does not rank, because seeds failed or diverged.',
    svg({ width: WIDTH, height: BELOW + 12 }, 'configurations by parameters and objective', html`${lines}${frames}`),
  );
}

/** Both ends of the scale left out: neither is seen on both white and black. */
function lineShade(share: number): string {
  return shadeOf(0.2 + 0.58 * share).fill;
}

function parameterStop(data: ReportData, path: string): Stop {
  const levels = levelsOf(data, path);
  if (levels.length > MOST_STOPS && isNumeric(levels)) {
    const axis = numberAxis(
      levels.map(({ value }) => Number(value)),
      [BASE - 10, TOP + 10],
    );
    return {
      name: path,
      yOf: ({ params }) => (typeof params[path] === 'number' ? axis.at(params[path]) : null),
      ticks: axis.ticks.map((tick) => ({ y: axis.at(tick), text: tickText(tick) })),
    };
  }
  const gap = (BASE - TOP - 40) / Math.max(1, levels.length - 1);
  const ys = new Map(levels.map(({ key }, i) => [key, BASE - 20 - i * gap]));
  const every = Math.ceil(levels.length / (2 * MOST_STOPS));
  return {
    name: path,
    yOf: ({ params }) => ys.get(levelKey(params[path])) ?? null,
    ticks: levels.flatMap(({ key, text }, i) => (i % every === 0 ? [{ y: ys.get(key)!, text }] : [])),
  };
}

/** Better is higher, whichever way the objective goes. */
function objectiveStop({ spec }: ReportData, standings: readonly Standing[]): Stop {
  const { name, goal } = spec.objective;
  const range = goal === 'minimize' ? ([TOP + 10, BASE - 10] as const) : ([BASE - 10, TOP + 10] as const);
  const means = standings.flatMap(({ mean }) => (mean === null ? [] : [mean]));
  const axis = numberAxis(means, range);
  const none = means.length === standings.length ? [] : [{ y: BELOW, text: 'no value' }];
  return {
    name,
    yOf: ({ mean }) => (mean === null ? BELOW : axis.at(mean)),
    ticks: [...axis.ticks.map((tick) => ({ y: axis.at(tick), text: tickText(tick) })), ...none],
  };
}
