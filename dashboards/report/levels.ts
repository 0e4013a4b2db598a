import type { ParameterValue, ParameterValues } from '../../shared/protocol/index.ts';
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

/** The values of a parameter in few enough groups to be compared. */
export interface Grouping {
  readonly path: string;
  /** What each group is called: a value, or `0.001 to 0.02`. */
  readonly texts: readonly string[];
  /** True where a group holds many values. */
  readonly isBinned: boolean;
  /** Which group a configuration belongs to; -1 for none. */
  indexOf(params: ParameterValues): number;
}

/** Groups that values of a scale are put into, about equally many in each. */
const BINS = 5;

/** Each value by itself, or, of more than `most` numbers, ranges of them; null where that gives no two groups. */
export function groupingOf(data: ReportData, path: string, most: number): Grouping | null {
  const levels = levelsOf(data, path);
  if (levels.length < 2) return null;
  if (levels.length <= most) {
    const places = new Map(levels.map(({ key }, i) => [key, i]));
    const texts = levels.map(({ text }) => text);
    return { path, texts, isBinned: false, indexOf: (params) => places.get(levelKey(params[path])) ?? -1 };
  }
  if (!isNumeric(levels)) return null;
  const bins = Array.from({ length: BINS }, (_, i) =>
    levels.slice(Math.round((i * levels.length) / BINS), Math.round(((i + 1) * levels.length) / BINS)),
  );
  const ends = bins.map((bin) => Number(bin.at(-1)!.value));
  return {
    path,
    texts: bins.map((bin) => `${formatBound(bin[0]!)} to ${formatBound(bin.at(-1)!)}`),
    isBinned: true,
    indexOf: (params) => ends.findIndex((end) => Number(params[path]) <= end),
  };
}

/** Two digits tell ranges apart. */
function formatBound({ value }: Level): string {
  return formatParameter(Number(Number(value).toPrecision(2)));
}
