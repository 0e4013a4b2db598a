import { formatMetric, formatSeconds } from '../../../shared/view/format.ts';
import type { TrialRow } from '../../../shared/view/types.ts';
import { bottomAxis, type Frame, leftAxis, numberAxis, svg } from '../chart.ts';
import type { ReportData } from '../data.ts';
import { html, type Markup, px } from '../markup.ts';
import { section } from '../section.ts';

const FRAME: Frame = { width: 860, height: 360, left: 60, right: 24, top: 40, bottom: 46 };
const MOST_DOTS = 2000;

interface Timed {
  readonly row: TrialRow;
  readonly seconds: number;
  readonly value: number;
}

/** Trials that no other beats in both time and objective, fastest first. */
export function frontier(timed: readonly Timed[], goal: 'minimize' | 'maximize'): readonly Timed[] {
  const better = (a: number, b: number) => (goal === 'minimize' ? a < b : a > b);
  const kept: Timed[] = [];
  for (const one of timed.toSorted((a, b) => a.seconds - b.seconds || (better(a.value, b.value) ? -1 : 1))) {
    const last = kept.at(-1);
    if (last === undefined || better(one.value, last.value)) kept.push(one);
  }
  return kept;
}

/** What a trial costs against what it reaches. */
export function timeAccuracySection({ trials, spec, ranking }: ReportData): Markup | null {
  const { name, goal } = spec.objective;
  const timed = trials.flatMap((row): Timed[] =>
    row.state === 'done' && row.seconds !== null && row.seconds > 0 && row.objective !== null
      ? [{ row, seconds: row.seconds, value: row.objective }]
      : [],
  );
  if (timed.length < 2) return null;
  const every = Math.ceil(timed.length / MOST_DOTS);
  const best = ranking.ranked[0]?.configuration;
  const x = numberAxis(
    timed.map(({ seconds }) => seconds),
    [FRAME.left + 6, FRAME.width - FRAME.right],
    8,
  );
  const y = numberAxis(
    timed.map(({ value }) => value),
    [FRAME.height - FRAME.bottom, FRAME.top],
  );
  const dots = timed
    .filter((_, i) => i % every === 0)
    .map(
      ({ row, seconds, value }) =>
        html`<circle class="dot ${row.configuration === best ? 'chosen' : 'other'}" cx="${px(x.at(seconds))}" cy="${px(y.at(value))}" r="${row.configuration === best ? 6 : 4}"><title>${row.trial} ${row.configuration} seed ${row.seed}: ${formatMetric(value)} in ${formatSeconds(seconds)}</title></circle>`,
    );
  const front = frontier(timed, goal).map(({ seconds, value }) => `${px(x.at(seconds))},${px(y.at(value))}`);
  const thinned = every === 1 ? '' : ` One trial in ${every} is drawn.`;
  return section(
    'Time against result',
    `One dot is one trial; large: the best configuration. The line joins trials that none beats in both.${thinned}`,
    svg(
      FRAME,
      `${name} by seconds of training`,
      html`${leftAxis(y, FRAME, name)}${bottomAxis(x, FRAME, 'seconds of a trial')}<polyline class="front" points="${front.join(' ')}"/>${dots}`,
    ),
  );
}
