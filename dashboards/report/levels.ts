import type { ParameterValue } from '../../shared/protocol/index.ts';
import type { Standing } from '../../shared/stats/standing.ts';
import { canonicalJson } from '../../shared/sweep/index.ts';
import { formatParameter } from '../../shared/view/format.ts';
import type { ReportData } from './data.ts';

/** One value that a parameter took. */
export interface Level {
  /** Equal values have equal keys, structures too. */
  readonly key: string;
  readonly value: ParameterValue;
  readonly text: string;
}

export function levelKey(value: ParameterValue | undefined): string {
  return value === undefined ? '' : canonicalJson(value);
}

/** Every configuration of which something ended: the ranked ones first. */
export function standingsOf({ ranking }: ReportData): readonly Standing[] {
  return [...ranking.ranked, ...ranking.unranked];
}

/** The values a parameter took: numbers ascending, others in the order of the sweep file or as they came. */
export function levelsOf(data: ReportData, path: string): readonly Level[] {
  const levels = new Map<string, Level>();
  const add = (value: ParameterValue | undefined) => {
    if (value !== undefined) levels.set(levelKey(value), { key: levelKey(value), value, text: formatParameter(value) });
  };
  const used = new Set(standingsOf(data).map(({ params }) => levelKey(params[path])));
  const distribution = data.spec.parameters.find((parameter) => parameter.path === path)?.distribution;
  if (distribution?.type === 'categorical') for (const value of distribution.values) add(value);
  else for (const { params } of standingsOf(data)) add(params[path]);
  const all = [...levels.values()].filter(({ key }) => used.has(key));
  return isNumeric(all) ? all.sort((a, b) => Number(a.value) - Number(b.value)) : all;
}

export function isNumeric(levels: readonly Level[]): boolean {
  return levels.every(({ value }) => typeof value === 'number');
}
