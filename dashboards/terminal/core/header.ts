import {
  formatClock,
  formatCount,
  formatMeanSd,
  formatParameters,
  formatSeconds,
} from '../../../shared/view/format.ts';
import { STATE_MARKS, stateGlyph } from '../../../shared/view/glyphs.ts';
import { type SweepSnapshot, TRIAL_STATES } from '../../../shared/view/types.ts';
import { bold, type Line, type Segment, spread, text } from './line.ts';
import { progressBar } from './progress-bar.ts';

export interface Surroundings {
  /** Wall clock, ms. */
  readonly now: number;
  readonly ascii: boolean;
  /** Where this is watched from: server, URLs. */
  readonly note: string;
  readonly frozen: boolean;
}

/** Parameters that differ between configurations, in file order. */
export function variedPaths(snapshot: SweepSnapshot): readonly string[] {
  return snapshot.spec.parameters
    .filter(({ distribution }) => distribution.type !== 'constant')
    .map(({ path }) => path);
}

function stateCounts(snapshot: SweepSnapshot, ascii: boolean): Segment[] {
  return TRIAL_STATES.filter((state) => snapshot.counts[state] > 0).map((state) =>
    text(`  ${stateGlyph(state, ascii)} ${formatCount(snapshot.counts[state])} ${state}`, STATE_MARKS[state].tone),
  );
}

function paceLine(snapshot: SweepSnapshot): Line {
  const pace = snapshot.trialsPerMinute === null ? '-' : `${snapshot.trialsPerMinute.toFixed(0)}/min`;
  const { eta } = snapshot;
  const ends =
    eta === null
      ? '-'
      : formatClock(eta.earliestAt) === formatClock(eta.latestAt)
        ? formatClock(eta.latestAt)
        : `${formatClock(eta.earliestAt)}-${formatClock(eta.latestAt)}`;
  const lost = snapshot.lostSeconds > 0 ? `, ${formatSeconds(snapshot.lostSeconds)} lost` : '';
  return [
    text(` pace ${pace}   ends ${ends}   running for ${formatSeconds(snapshot.elapsedSeconds)}`),
    text(`   slot time ${formatSeconds(snapshot.usefulSeconds)}${lost}`, 'faint'),
  ];
}

function bestLine(snapshot: SweepSnapshot, ascii: boolean): Line {
  const { best, objective } = snapshot;
  if (best === null)
    return [text(` best ${objective.name} -   (a configuration ranks when all its seeds have ended)`, 'faint')];
  return [
    text(` best ${objective.name} `),
    bold(formatMeanSd(best.mean, best.sd, ascii), 'good'),
    text(
      ` (${best.n} ${best.n === 1 ? 'seed' : 'seeds'})   ${best.configuration} ${formatParameters(best.params, variedPaths(snapshot))}`,
    ),
  ];
}

/** Name and state, progress with counts, pace, and the best configuration: the first four lines of every screen. */
export function headerLines(snapshot: SweepSnapshot, around: Surroundings, width: number): Line[] {
  const { spec } = snapshot;
  const title: Line = [
    bold(' sower'),
    text('  '),
    bold(spec.name, 'accent'),
    text(` ${snapshot.state}`),
    text(
      `   ${spec.method} ${formatCount(spec.configurations)} x ${spec.seeds.length} seeds   ${around.note}`,
      'faint',
    ),
  ];
  const clock: Line = [text(around.frozen ? 'frozen ' : '', 'warn'), text(`${formatClock(around.now)} `)];
  const percent = `${Math.floor(snapshot.progress * 100)}%`;
  const counts = stateCounts(snapshot, around.ascii);
  const head = ` trials ${formatCount(snapshot.ended)}/${formatCount(snapshot.planned)} `;
  const countsWidth = counts.reduce((sum, { text: content }) => sum + content.length, 0);
  const barWidth = Math.max(10, Math.min(40, width - head.length - countsWidth - percent.length - 3));
  const progress: Line = [
    text(head),
    text(progressBar(snapshot.progress, barWidth, around.ascii), 'accent'),
    text(` ${percent}`),
    ...counts,
  ];
  return [spread(title, clock, width), progress, paceLine(snapshot), bestLine(snapshot, around.ascii)];
}
