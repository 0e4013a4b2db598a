import type { Ranking, Standing } from '../../../shared/stats/standing.ts';
import {
  formatCount,
  formatEpoch,
  formatInterval,
  formatMeanSd,
  formatMetric,
  formatParameter,
  formatSeconds,
} from '../../../shared/view/format.ts';
import { STATE_MARKS, stateGlyph } from '../../../shared/view/glyphs.ts';
import type { SweepSnapshot, SweepView, TrialQuery, TrialRow } from '../../../shared/view/types.ts';
import { headerLines, type Surroundings, variedPaths } from './header.ts';
import { clipLine, type Line, text } from './line.ts';
import { firstVisible, type ScreenState } from './screen-state.ts';
import type { ScreenSize } from './size.ts';
import { sparkline } from './sparkline.ts';
import { type Column, layoutTable } from './table.ts';

const CURVE_CELLS = 10;
const HEADER_ROWS = 4;
/** Lines of the screen that are not rows of the table: header, title, column heads, footer. */
const CHROME_ROWS = HEADER_ROWS + 3;

export function pageRows(size: ScreenSize): number {
  return Math.max(1, size.rows - CHROME_ROWS);
}

function trialColumns(snapshot: SweepSnapshot, ascii: boolean): Column<TrialRow>[] {
  return [
    { title: '#', align: 'left', cell: (row) => row.trial },
    {
      title: 'state',
      align: 'left',
      least: 10,
      cell: (row) => `${stateGlyph(row.state, ascii)} ${row.state}`,
      tone: (row) => STATE_MARKS[row.state].tone,
    },
    { title: snapshot.objective.name, align: 'right', cell: (row) => formatMetric(row.objective) },
    {
      title: 'curve',
      align: 'left',
      least: CURVE_CELLS,
      cell: (row) => sparkline(row.curve, CURVE_CELLS, ascii),
      tone: () => 'accent',
    },
    { title: 'epoch', align: 'right', cell: formatEpoch },
    ...variedPaths(snapshot).map(
      (path): Column<TrialRow> => ({ title: path, align: 'right', cell: (row) => formatParameter(row.params[path]) }),
    ),
    { title: 'seed', align: 'right', cell: (row) => String(row.seed) },
    { title: 'agent', align: 'left', cell: (row) => (row.agent === null ? '-' : `${row.agent}:${row.slot ?? '-'}`) },
    { title: 'took', align: 'right', cell: (row) => formatSeconds(row.seconds) },
    { title: 'reason', align: 'left', cell: (row) => row.reason ?? '', tone: () => 'faint' },
  ];
}

function configurationColumns(snapshot: SweepSnapshot, ascii: boolean): Column<Standing>[] {
  return [
    { title: '#', align: 'left', cell: (row) => row.configuration },
    { title: 'rank', align: 'right', cell: (row) => (row.rank === null ? '-' : String(row.rank)) },
    {
      title: `${snapshot.objective.name} mean ${ascii ? '+-' : '±'} sd`,
      align: 'right',
      cell: (row) => formatMeanSd(row.mean, row.sd, ascii),
    },
    { title: 'n', align: 'right', cell: (row) => `${row.n}/${row.planned}` },
    ...variedPaths(snapshot).map(
      (path): Column<Standing> => ({ title: path, align: 'right', cell: (row) => formatParameter(row.params[path]) }),
    ),
    { title: '95 % interval', align: 'right', cell: (row) => formatInterval(row.ci95, row.sd) },
    { title: 'worst seed', align: 'right', cell: (row) => formatMetric(row.worstSeed?.value) },
    {
      title: 'note',
      align: 'left',
      cell: (row) => (row.comparison === 'tied' ? 'tied with the best' : row.state === 'complete' ? '' : row.state),
      tone: (row) => (row.state === 'complete' ? 'good' : 'warn'),
    },
  ];
}

function queryOf(state: ScreenState, offset: number, limit: number): TrialQuery {
  return {
    sort: state.sort,
    descending: state.descending,
    offset,
    limit,
    ...(state.stateFilter === null ? {} : { states: [state.stateFilter] }),
  };
}

function standings(ranking: Ranking): readonly Standing[] {
  return [...ranking.ranked, ...ranking.unranked];
}

/** Rows of the table that `trialsLines` pages through. */
export function tableRowCount(view: SweepView, state: ScreenState): number {
  return state.grouped ? standings(view.ranking()).length : view.trials(queryOf(state, 0, 0)).total;
}

/** Screen 2: trials as rows, or configurations with mean and spread over seeds. */
export function trialsLines(
  view: SweepView,
  snapshot: SweepSnapshot,
  state: ScreenState,
  around: Surroundings,
  size: ScreenSize,
): Line[] {
  const page = pageRows(size);
  const { columns: width } = size;
  const total = tableRowCount(view, state);
  const selected = Math.min(state.selected, Math.max(0, total - 1));
  const offset = firstVisible(selected, total, page);
  const table = state.grouped
    ? layoutTable(
        configurationColumns(snapshot, around.ascii),
        standings(view.ranking()).slice(offset, offset + page),
        selected - offset,
        width,
      )
    : layoutTable(
        trialColumns(snapshot, around.ascii),
        view.trials(queryOf(state, offset, page)).rows,
        selected - offset,
        width,
      );
  const dropped = table.droppedColumns === 0 ? '' : `   +${table.droppedColumns} cols`;
  const filter = state.grouped
    ? ''
    : `   state=${state.stateFilter ?? 'all'}   sort ${state.sort}${state.descending ? ' reversed' : ''}`;
  const where =
    total === 0
      ? 'none'
      : `${formatCount(offset + 1)}-${formatCount(Math.min(total, offset + page))} of ${formatCount(total)}`;
  const title: Line = [
    text(` ${state.grouped ? 'configurations' : 'trials'}  ${where}`),
    text(`${filter}${dropped}`, 'faint'),
  ];
  return [...headerLines(snapshot, around, width), title, table.head, ...table.rows].map((line) =>
    clipLine(line, width),
  );
}
