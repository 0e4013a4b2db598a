import { describeValues } from '../../../shared/stats/index.ts';
import { formatMeanSd, formatMetric, UNKNOWN } from '../../../shared/view/format.ts';
import type { ReportData } from '../data.ts';
import { groupingOf, standingsOf } from '../levels.ts';
import { html, type Markup } from '../markup.ts';
import { section, table } from '../section.ts';

const MOST_LEVELS = 20;

export interface LevelEffect {
  readonly text: string;
  /** Means of the configurations that rank, described. */
  readonly mean: number | null;
  readonly sd: number | null;
  readonly best: number | null;
  readonly ranked: number;
  readonly all: number;
}

/** What each value of a parameter did (or range, where it has many), over all values of the others. */
export function effectsOf(data: ReportData, path: string): readonly LevelEffect[] {
  const grouping = groupingOf(data, path, MOST_LEVELS);
  return (grouping?.texts ?? []).map((text, i) => {
    const group = standingsOf(data).filter(({ params }) => grouping?.indexOf(params) === i);
    const means = group.flatMap(({ rank, mean }) => (rank === null || mean === null ? [] : [mean]));
    const described = describeValues(means);
    const pick = data.spec.objective.goal === 'minimize' ? Math.min : Math.max;
    return {
      text,
      mean: described?.mean ?? null,
      sd: described?.sd ?? null,
      best: means.length === 0 ? null : means.reduce((best, mean) => pick(best, mean)),
      ranked: means.length,
      all: group.length,
    };
  });
}

/** One table per parameter, with the largest difference between its values. */
export function oneFactorSection(data: ReportData): Markup | null {
  const parameters = data.varied
    .map((path) => ({ path, effects: effectsOf(data, path) }))
    .filter(({ effects }) => effects.length > 1)
    .filter(({ effects }) => effects.some(({ mean }) => mean !== null));
  if (parameters.length === 0) return null;
  const { name } = data.spec.objective;
  return section(
    'One parameter at a time',
    `Mean and spread of ${name} over the ranked configurations with that value. Where configurations are missing from a row, its mean is not comparable with the others.`,
    html`<div class="figures">${parameters.map(({ path, effects }) => {
      const means = effects.flatMap(({ mean }) => (mean === null ? [] : [mean]));
      const columns = [path, 'mean ± sd', 'best', 'ranked'].map((title, i) => ({ title, numeric: i > 0 }));
      const rows = effects.map(({ text, mean, sd, best, ranked, all }) => ({
        cells: [text, mean === null ? UNKNOWN : formatMeanSd(mean, sd), formatMetric(best), `${ranked}/${all}`],
      }));
      const spread = Math.max(...means) - Math.min(...means);
      // Equal means differ in their last bits.
      const effect = spread < 1e-12 * Math.max(...means.map(Math.abs)) ? 0 : spread;
      return html`<div>${table(columns, rows)}<p class="remark">largest difference of means ${formatMetric(effect)}</p></div>`;
    })}</div>`,
  );
}
