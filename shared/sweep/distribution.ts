import { assertNever } from '../kernel/assert.ts';
import type { ParameterValue } from '../protocol/index.ts';
import type { Distribution } from './spec.ts';

/** Number of values a grid walks through; null where there is no end to them. */
export function axisSize(distribution: Distribution): number | null {
  switch (distribution.type) {
    case 'constant':
      return 1;
    case 'categorical':
      return distribution.values.length;
    case 'int_uniform':
      return distribution.max - distribution.min + 1;
    case 'q_uniform':
      return lastMultiple(distribution) - firstMultiple(distribution) + 1;
    case 'uniform':
    case 'log_uniform_values':
    case 'q_log_uniform_values':
      return null;
    default:
      return assertNever(distribution);
  }
}

/** The value at `index` of a grid axis; `index` must be below `axisSize`. */
export function axisValue(distribution: Distribution, index: number): ParameterValue {
  switch (distribution.type) {
    case 'constant':
      return distribution.value;
    case 'categorical':
      return distribution.values[index] as ParameterValue;
    case 'int_uniform':
      return distribution.min + index;
    case 'q_uniform':
      return multiple(firstMultiple(distribution) + index, distribution.q);
    case 'uniform':
    case 'log_uniform_values':
    case 'q_log_uniform_values':
      throw new Error(`invariant broken: a grid cannot walk through ${distribution.type}`);
    default:
      return assertNever(distribution);
  }
}

/** Turns one uniform draw in [0, 1) into a value. */
export function valueOfDraw(distribution: Distribution, uniform: number): ParameterValue {
  switch (distribution.type) {
    case 'constant':
      return distribution.value;
    case 'categorical':
      return distribution.values[categoryOfDraw(distribution.values.length, distribution.probabilities, uniform)]!;
    case 'int_uniform':
      return distribution.min + Math.floor(uniform * (distribution.max - distribution.min + 1));
    case 'uniform':
      return between(distribution, distribution.min + uniform * (distribution.max - distribution.min));
    case 'q_uniform':
      return quantized(distribution, distribution.min + uniform * (distribution.max - distribution.min));
    case 'log_uniform_values':
      return between(distribution, logBetween(distribution, uniform));
    case 'q_log_uniform_values':
      return quantized(distribution, logBetween(distribution, uniform));
    default:
      return assertNever(distribution);
  }
}

interface Range {
  readonly min: number;
  readonly max: number;
}

interface Quantized extends Range {
  readonly q: number;
}

function between(range: Range, value: number): number {
  return Math.min(range.max, Math.max(range.min, value));
}

function logBetween(range: Range, uniform: number): number {
  const low = Math.log(range.min);
  return Math.exp(low + uniform * (Math.log(range.max) - low));
}

// A bound such as 0.3 is three times 0.1 for a person, though not in binary; the tolerance lets it count as one.
const TOLERANCE = 1e-9;

export function firstMultiple({ min, q }: Quantized): number {
  return Math.ceil(min / q - TOLERANCE);
}

export function lastMultiple({ max, q }: Quantized): number {
  return Math.floor(max / q + TOLERANCE);
}

function multiple(count: number, q: number): number {
  return Number((count * q).toPrecision(12));
}

/** The nearest multiple of q that lies within the bounds. */
function quantized(range: Quantized, value: number): number {
  const nearest = Math.round(value / range.q);
  return multiple(Math.min(lastMultiple(range), Math.max(firstMultiple(range), nearest)), range.q);
}

function categoryOfDraw(count: number, probabilities: readonly number[] | undefined, uniform: number): number {
  if (probabilities === undefined) return Math.floor(uniform * count);
  const total = probabilities.reduce((sum, probability) => sum + probability, 0);
  let below = 0;
  let last = 0;
  for (const [index, probability] of probabilities.entries()) {
    if (probability === 0) continue;
    below += probability / total;
    last = index;
    if (uniform < below) return index;
  }
  return last;
}
