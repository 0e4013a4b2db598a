import { METRICS, type MetricKey } from '../../shared/metrics/names.ts';

/** A selector of one catalogued metric: `sower_sweep_trials{sweep=~"$sweep"}`. */
export function series(key: MetricKey, selector = ''): string {
  const { name } = METRICS[key];
  return selector === '' ? name : `${name}{${selector}}`;
}

/** Per-second rate over the panel's own interval. */
export function rate(key: MetricKey, selector = ''): string {
  return `rate(${series(key, selector)}[$__rate_interval])`;
}

export const OF_SWEEP = 'sweep=~"$sweep"';
export const OF_POOL = 'pool=~"$pool"';
