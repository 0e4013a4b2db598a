import { area, line } from 'd3-shape';
import { describeValues } from '../../../shared/stats/index.ts';
import { formatMetric, formatParameters } from '../../../shared/view/format.ts';
import { type Axis, bottomAxis, epochAxis, type Frame, leftAxis, numberAxis, seriesClass, svg } from '../chart.ts';
import { type Course, PART_NAMES, type ReportData } from '../data.ts';
import { cut, html, type Markup, px } from '../markup.ts';
import { section } from '../section.ts';

const PARTS = ['train', 'val', 'test'] as const;
const MEASURES = ['loss', 'accuracy', 'mse'] as const;
/** Characters of its parameters that fit above a panel. */
const LONGEST_TITLE = 46;
const FRAME: Frame = { width: 420, height: 270, left: 52, right: 14, top: 46, bottom: 46 };

export interface CurvePoint {
  readonly epoch: number;
  readonly mean: number;
  readonly sd: number | null;
  readonly n: number;
}

/** A metric epoch by epoch, over the seeds that have it there. */
export function meanCurve({ seeds }: Course, metric: string): readonly CurvePoint[] {
  const byEpoch = new Map<number, number[]>();
  for (const { epochs } of seeds) {
    for (const { epoch, metrics } of epochs) {
      const value = metrics[metric];
      if (typeof value !== 'number' || !Number.isFinite(value)) continue;
      const known = byEpoch.get(epoch);
      if (known === undefined) byEpoch.set(epoch, [value]);
      else known.push(value);
    }
  }
  return [...byEpoch]
    .sort(([a], [b]) => a - b)
    .map(([epoch, values]) => {
      const { mean, sd, n } = describeValues(values)!;
      return { epoch, mean, sd, n };
    });
}

interface Series {
  readonly part: (typeof PARTS)[number];
  readonly points: readonly CurvePoint[];
}

/** A panel for each of the best configurations and each measure; panels of one measure share their scales. */
export function learningCurvesSection(data: ReportData): Markup | null {
  const rows = MEASURES.flatMap((measure) => {
    const panels = data.courses.map((course) => ({ course, series: seriesOf(course, measure) }));
    const points = panels.flatMap(({ series }) => series.flatMap((one) => one.points));
    if (new Set(points.map(({ epoch }) => epoch)).size < 2) return [];
    const x = epochAxis(
      points.map(({ epoch }) => epoch),
      [FRAME.left, FRAME.width - FRAME.right],
    );
    const spread = points.flatMap(({ mean, sd }) => [
      mean,
      ...(sd === null || sd >= mean ? [] : [mean - sd, mean + sd]),
    ]);
    const y = numberAxis(spread, [FRAME.height - FRAME.bottom, FRAME.top]);
    return panels
      .filter(({ series }) => series.length > 0)
      .map(({ course, series }) => panel(data, { course, series, measure, x, y }));
  });
  if (rows.length === 0) return null;
  return section(
    'Learning curves',
    html`The best configurations, mean over seeds; the band is one standard deviation to each side. Where seeds stopped early, the mean is over those still training. What was measured only once, as test rows are, is a point. ${legend()}`,
    html`<div class="figures paired">${rows}</div>`,
  );
}

function seriesOf(course: Course, measure: string): readonly Series[] {
  return PARTS.map((part) => ({ part, points: meanCurve(course, `${part}_${measure}`) })).filter(
    ({ points }) => points.length > 0,
  );
}

function legend(): Markup {
  return html`<span class="legend">${PARTS.map(
    (part, i) =>
      html`<span class="key"><svg viewBox="0 0 26 8" width="26" height="8" aria-hidden="true"><line class="curve ${seriesClass(i)}" x1="0" x2="26" y1="4" y2="4"/></svg>${PART_NAMES[part]}</span>`,
  )}</span>`;
}

interface Panel {
  readonly course: Course;
  readonly series: readonly Series[];
  readonly measure: string;
  readonly x: Axis;
  readonly y: Axis;
}

function panel(data: ReportData, { course, series, measure, x, y }: Panel): Markup {
  const path = line<CurvePoint>()
    .x(({ epoch }) => x.at(epoch))
    .y(({ mean }) => y.at(mean));
  const band = area<CurvePoint>()
    .defined(({ sd }) => sd !== null)
    .x(({ epoch }) => x.at(epoch))
    .y0(({ mean, sd }) => y.at(lowerEnd(mean, sd!, y)))
    .y1(({ mean, sd }) => y.at(mean + sd!));
  const params = formatParameters(course.params, data.varied);
  const title = `${course.configuration}  ${cut(params, LONGEST_TITLE)}`;
  const drawn = series.map(({ part, points }) => {
    const kind = seriesClass(PARTS.indexOf(part));
    const dots = points.map(
      ({ epoch, mean, sd, n }) =>
        html`<circle class="touch" cx="${px(x.at(epoch))}" cy="${px(y.at(mean))}" r="6"><title>${PART_NAMES[part]} ${measure}, epoch ${epoch}: ${formatMetric(mean)} ± ${formatMetric(sd)} (n ${n})</title></circle>`,
    );
    const drawing = points.length === 1 ? lonePoint(points[0]!, kind, x, y) : curve(path(points), band(points), kind);
    return html`${drawing}${dots}`;
  });
  return svg(
    FRAME,
    `${measure} by epoch of ${course.configuration} ${params}`,
    html`<text class="name strong" x="0" y="14">${title}<title>${params}</title></text>${leftAxis(y, FRAME, measure)}${bottomAxis(x, FRAME, 'epoch')}${drawn}`,
  );
}

function curve(path: string | null, band: string | null, kind: string): Markup {
  return html`<path class="band ${kind}" d="${band ?? ''}"/><path class="curve ${kind}" d="${path ?? ''}"/>`;
}

/** What was measured once, such as on test rows: a point with its spread. */
function lonePoint({ epoch, mean, sd }: CurvePoint, kind: string, x: Axis, y: Axis): Markup {
  const at = px(x.at(epoch));
  const spread =
    sd === null
      ? null
      : html`<line class="curve ${kind} whole" x1="${at}" x2="${at}" y1="${px(y.at(lowerEnd(mean, sd, y)))}" y2="${px(y.at(mean + sd))}"/>`;
  return html`${spread}<circle class="point ${kind}" cx="${at}" cy="${px(y.at(mean))}" r="4"/>`;
}

/** One sd below the mean, where the scale reaches that far. */
const lowerEnd = (mean: number, sd: number, { logarithmic }: Axis): number =>
  logarithmic && mean - sd <= 0 ? mean : mean - sd;
