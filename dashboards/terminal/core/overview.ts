import {
  formatEpoch,
  formatMetric,
  formatParameter,
  formatParameters,
  formatSeconds,
} from '../../../shared/view/format.ts';
import { STATE_MARKS, stateGlyph } from '../../../shared/view/glyphs.ts';
import type { FleetRow, SweepSnapshot } from '../../../shared/view/types.ts';
import { bestChart } from './best-chart.ts';
import { headerLines, type Surroundings, variedPaths } from './header.ts';
import { clipLine, EMPTY_LINE, type Line, lineWidth, type Segment, text, titledRule, toCells } from './line.ts';
import type { ScreenSize } from './size.ts';
import { sparkline } from './sparkline.ts';

const MOST_ATTENTION = 4;
const CHART_ROWS = 8;
const CURVE_CELLS = 10;

function fleetLine(row: FleetRow, ascii: boolean): Line {
  const slots = row.slots.map(({ state }) => (state === 'busy' ? (ascii ? '#' : '■') : ascii ? '.' : '□')).join('');
  if (row.state === 'lost') return [text(` ? ${row.agent} lost ${formatSeconds((row.ageMs ?? 0) / 1000)}`, 'warn')];
  const gpus = row.gpus.length === 0 ? '' : `  ${row.gpus.length} GPU`;
  return [
    text(` ${row.agent}  `),
    text(slots, 'accent'),
    text(
      `  ${row.busySlots}/${row.slots.length} busy${gpus}  ${row.pool}${row.state === 'draining' ? '  draining' : ''}`,
      'faint',
    ),
  ];
}

function runningLines(snapshot: SweepSnapshot, width: number, rows: number, ascii: boolean): Line[] {
  const paths = variedPaths(snapshot);
  return snapshot.running.slice(0, rows).map((trial) => {
    const epoch = formatEpoch(trial);
    const speed = trial.samplesPerSecond === null ? '' : `${Math.round(trial.samplesPerSecond / 1000)}k/s`;
    const line: Line = [
      text(` ${stateGlyph(trial.state, ascii)} ${trial.trial} `, STATE_MARKS[trial.state].tone),
      text(`${toCells(epoch, 7)} ${toCells(formatMetric(trial.objective), 8)} `),
      text(toCells(sparkline(trial.curve, CURVE_CELLS, ascii), CURVE_CELLS), 'accent'),
      text(` ${formatParameters(trial.params, paths)} seed=${trial.seed}`),
      text(`  ${speed} ${trial.agent}:${trial.slot}`, 'faint'),
    ];
    return clipLine(line, width);
  });
}

function recentLines(snapshot: SweepSnapshot, width: number, rows: number, ascii: boolean): Line[] {
  const paths = variedPaths(snapshot);
  return snapshot.recent
    .slice(0, Math.max(0, rows))
    .map((ending) =>
      clipLine(
        [
          text(` ${stateGlyph(ending.state, ascii)} ${ending.trial} `, STATE_MARKS[ending.state].tone),
          text(
            `${toCells(formatMetric(ending.objective), 8)} ${formatParameters(ending.params, paths)} seed=${ending.seed}`,
          ),
          text(`  ${formatSeconds(ending.seconds)}${ending.reason === null ? '' : `  ${ending.reason}`}`, 'faint'),
        ],
        width,
      ),
    );
}

function attentionMark(kind: SweepSnapshot['attention'][number]['kind'], ascii: boolean): Segment {
  if (kind === 'warning') return text(' ! ', 'warn');
  const state = kind === 'failure' ? 'failed' : kind === 'divergence' ? 'diverged' : 'lost';
  return text(` ${stateGlyph(state, ascii)} `, STATE_MARKS[state].tone);
}

function attentionLines(snapshot: SweepSnapshot, width: number, ascii: boolean): Line[] {
  return snapshot.attention.slice(0, MOST_ATTENTION).map(({ kind, title, common }) => {
    const shared = common.map(({ path, value }) => `${path}=${formatParameter(value)}`).join(' ');
    return clipLine(
      [attentionMark(kind, ascii), text(title), text(shared === '' ? '' : `  all ${shared}`, 'faint')],
      width,
    );
  });
}

/** `left` beside `right` with a bar between; both padded to the longer. */
function besides(left: readonly Line[], right: readonly Line[], leftWidth: number, ascii: boolean): Line[] {
  return Array.from({ length: Math.max(left.length, right.length) }, (_, row) => {
    const line = clipLine(left[row] ?? EMPTY_LINE, leftWidth);
    const gap = ' '.repeat(Math.max(0, leftWidth - lineWidth(line)));
    return [...line, text(gap), text(ascii ? ' |' : ' │', 'faint'), ...(right[row] ?? [])];
  });
}

function section(title: string, lines: readonly Line[], width: number, ascii: boolean): Line[] {
  return lines.length === 0 ? [] : [titledRule(title, width, ascii), ...lines];
}

/** The head, and in what room is left what needs a look, what runs and what just ended, told apart by their glyphs. */
function summaryLines(snapshot: SweepSnapshot, header: readonly Line[], size: ScreenSize, ascii: boolean): Line[] {
  const { columns, rows } = size;
  const head = header.map((line) => clipLine(line, columns));
  const attention = attentionLines(snapshot, columns, ascii).slice(0, 1);
  const room = Math.max(0, rows - 1 - head.length - attention.length);
  const running = runningLines(snapshot, columns, Math.ceil(room / 2), ascii);
  return [...head, ...attention, ...running, ...recentLines(snapshot, columns, room - running.length, ascii)];
}

/** Screen 1: where the sweep stands, the best so far, the fleet, what runs, what just ended, what needs a look. */
export function overviewLines(snapshot: SweepSnapshot, around: Surroundings, size: ScreenSize): Line[] {
  const { columns, rows, density } = size;
  const { ascii } = around;
  const header = headerLines(snapshot, around, columns);
  if (density === 'summary') return summaryLines(snapshot, header, size, ascii).slice(0, rows - 1);
  const fleet = snapshot.fleet.map((row) => fleetLine(row, ascii));
  const attention = section('needs attention', attentionLines(snapshot, columns, ascii), columns, ascii);
  const lines: Line[] = [...header];
  if (density === 'wide') {
    const leftWidth = Math.floor(columns * 0.6);
    const chart = bestChart(snapshot.bestSteps, snapshot.ended, leftWidth, CHART_ROWS, ascii);
    const title = `best ${snapshot.objective.name} of a single trial`;
    lines.push([...titledRule(title, leftWidth + 2, ascii), ...titledRule('fleet', columns - leftWidth - 2, ascii)]);
    lines.push(...besides(chart, fleet.slice(0, CHART_ROWS), leftWidth, ascii));
  } else {
    lines.push(...section('fleet', fleet.slice(0, 3), columns, ascii));
  }
  const room = rows - lines.length - attention.length - 1;
  const running = section(
    'running',
    runningLines(snapshot, columns, Math.max(0, Math.ceil(room / 2) - 1), ascii),
    columns,
    ascii,
  );
  const recent = section('ended', recentLines(snapshot, columns, room - running.length - 1, ascii), columns, ascii);
  return [...lines, ...running, ...recent, ...attention].slice(0, rows - 1);
}
