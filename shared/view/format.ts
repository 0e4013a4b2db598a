/** Numbers, times and parameters as people read them: every number with its unit, unknown is `-` and never 0. */
import type { ParameterValue, ParameterValues } from '../protocol/index.ts';

export const UNKNOWN = '-';

/** Four significant digits; small values as `3.20e-4`. */
export function formatMetric(value: number | null | undefined): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return UNKNOWN;
  if (value === 0) return '0';
  const size = Math.abs(value);
  if (size < 1e-3 || size >= 1e6) return value.toExponential(2);
  return value.toPrecision(Math.max(4, Math.ceil(Math.log10(size))));
}

const MOST_DECIMALS = 8;

/** Decimals that show two significant digits of a spread, so that a mean is not printed finer than it is known. */
export function decimalsForSpread(sd: number | null): number {
  if (sd === null || sd === 0 || !Number.isFinite(sd)) return 4;
  return Math.min(MOST_DECIMALS, Math.max(0, 1 - Math.floor(Math.log10(Math.abs(sd)))));
}

/** `0.0871 ± 0.0012`; only the mean where there is no spread (one seed). */
export function formatMeanSd(mean: number | null, sd: number | null, ascii = false): string {
  if (mean === null) return UNKNOWN;
  if (sd === null) return formatMetric(mean);
  const decimals = decimalsForSpread(sd);
  return `${mean.toFixed(decimals)} ${ascii ? '+-' : '±'} ${sd.toFixed(decimals)}`;
}

/** `0.0856 .. 0.0886` with the decimals of the spread. */
export function formatInterval(interval: readonly [number, number] | null, sd: number | null): string {
  if (interval === null) return UNKNOWN;
  const decimals = decimalsForSpread(sd);
  return `${interval[0].toFixed(decimals)} .. ${interval[1].toFixed(decimals)}`;
}

/** `0.6s`, `42s`, `8m40s`, `2h05m`, `3d04h`. */
export function formatSeconds(seconds: number | null): string {
  if (seconds === null || !Number.isFinite(seconds)) return UNKNOWN;
  if (seconds < 10) return `${seconds.toFixed(1)}s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole}s`;
  const two = (value: number) => String(value).padStart(2, '0');
  if (whole < 3600) return `${Math.floor(whole / 60)}m${two(whole % 60)}s`;
  const minutes = Math.floor(whole / 60);
  if (minutes < 48 * 60) return `${Math.floor(minutes / 60)}h${two(minutes % 60)}m`;
  return `${Math.floor(minutes / 1440)}d${two(Math.floor((minutes % 1440) / 60))}h`;
}

/** `3/10`; `3` where nobody said how many there were to be. */
export function formatEpoch({
  epoch,
  epochs,
}: {
  readonly epoch: number | null;
  readonly epochs: number | null;
}): string {
  if (epochs === null) return epoch === null ? UNKNOWN : String(epoch);
  return `${epoch ?? 0}/${epochs}`;
}

/** Local time of day, `14:07:32`. */
export function formatClock(at: number): string {
  const time = new Date(at);
  return [time.getHours(), time.getMinutes(), time.getSeconds()].map((part) => String(part).padStart(2, '0')).join(':');
}

/** `1,234,567`. */
export function formatCount(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ',');
}

/** `1 trial`, `2,000 trials`. */
export function formatAmount(count: number, noun: string): string {
  return `${formatCount(count)} ${noun}${count === 1 ? '' : 's'}`;
}

/** `1.2 MB`, in powers of 1000 as disks are sold. */
export function formatBytes(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'] as const;
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${unit === 0 ? value : value.toPrecision(3)} ${units[unit]}`;
}

const LONGEST_VALUE = 32;

/** Digits of a number that somebody typed; what random search draws has sixteen. */
const TYPED_DIGITS = 6;

/**
 * A parameter's value in a table cell: numbers with more digits than anybody types are rounded to four, a structure is
 * shown by its `label` where it has one.
 */
export function formatParameter(value: ParameterValue | undefined): string {
  if (value === undefined) return UNKNOWN;
  if (typeof value === 'string') return value;
  if (typeof value === 'number' && !Number.isInteger(value) && Number(value.toPrecision(TYPED_DIGITS)) !== value) {
    return String(Number(value.toPrecision(4)));
  }
  if (value === null || typeof value !== 'object') return String(value);
  const label = Array.isArray(value) ? undefined : (value as Readonly<Record<string, ParameterValue>>).label;
  const text = typeof label === 'string' ? label : JSON.stringify(value);
  return text.length <= LONGEST_VALUE ? text : `${text.slice(0, LONGEST_VALUE - 1)}~`;
}

/** `lr=0.1 momentum=0.9`, in the order given. */
export function formatParameters(params: ParameterValues, paths: readonly string[]): string {
  return paths.map((path) => `${path}=${formatParameter(params[path])}`).join(' ');
}
