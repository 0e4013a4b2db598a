/** The ranked configurations as a table, those that do not rank below it with the reason in words. */

import type { Ranking } from '../../shared/stats/standing.ts';
import type { SweepSpec } from '../../shared/sweep/spec.ts';
import { formatInterval, formatMeanSd, formatParameter } from '../../shared/view/format.ts';
import { verdictOf } from '../../shared/view/verdict.ts';
import type { Output } from '../output/output.ts';
import { type Column, formatTable } from '../output/table.ts';
import { variedPaths } from './varied.ts';

/** More rows than this are summed up in one line. */
export const SHOWN_STANDINGS = 20;

export function rankingLines(ranking: Ranking, spec: SweepSpec, output: Output, limit: number): readonly string[] {
  const { paint } = output;
  const paths = variedPaths(spec);
  const { name, goal } = ranking.objective;
  const warning = ranking.onTestData ? `   ${paint.warn(`objective ${name} uses test data`)}` : '';
  const title = `${paint.strong(`ranking by ${name}`)} (${goal}, mean over seeds)${warning}`;
  const standings = [...ranking.ranked.slice(0, limit), ...ranking.unranked.slice(0, limit)];
  if (standings.length === 0) return [title, '  no configuration has ended yet'];
  const columns: readonly Column[] = [
    { title: 'rank', align: 'right', keep: true },
    { title: 'config', align: 'left', keep: true },
    ...paths.map((path): Column => ({ title: path, align: 'right' })),
    { title: `${name} mean ${output.ascii ? '+-' : '±'} sd`, align: 'right', keep: true },
    { title: 'n', align: 'right' },
    { title: '95 % interval', align: 'right' },
    { title: '', align: 'left', keep: true },
  ];
  const cells = standings.map((standing) => [
    standing.rank === null ? '-' : String(standing.rank),
    standing.configuration,
    ...paths.map((path) => formatParameter(standing.params[path])),
    standing.rank === null ? '-' : formatMeanSd(standing.mean, standing.sd, output.ascii),
    `${standing.n}/${standing.planned}`,
    standing.rank === null ? '-' : formatInterval(standing.ci95, standing.sd),
    verdictOf(standing),
  ]);
  const verdictColumn = columns.length - 1;
  const lines = formatTable(columns, cells, output.columns, (text, row, column) => {
    const standing = standings[row];
    if (standing?.rank === null) return paint.faint(text);
    return column === verdictColumn && standing?.comparison !== 'worse' ? paint.good(text) : text;
  });
  const hidden = ranking.ranked.length + ranking.unranked.length - standings.length;
  const more = hidden > 0 ? [`  and ${hidden} more`] : [];
  return [title, ...lines, ...more, ...significanceNote(ranking)];
}

function significanceNote({ ranked }: Ranking): readonly string[] {
  return ranked.some(({ comparison }) => comparison === 'tied')
    ? ['"tied": not told apart from the best, paired over common seeds at 5 %']
    : [];
}
