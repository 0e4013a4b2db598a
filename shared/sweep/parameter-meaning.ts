import type { ParameterValue } from '../protocol/index.ts';
import { canonicalJson } from './canonical.ts';
import { firstMultiple, lastMultiple } from './distribution.ts';
import { type Finding, type Path, show } from './finding.ts';
import type { Distribution, SweepSpec } from './spec.ts';

/** What is wrong with a well-formed distribution: its bounds, its list, or its use in a grid; null where it is sound. */
export function meaningFault(distribution: Distribution, at: Path, method: SweepSpec['method']): Finding | null {
  switch (distribution.type) {
    case 'constant':
      return referenceFault(distribution.value, [...at, 'value']);
    case 'categorical':
      return categoricalFault(distribution, at, method);
    default:
      return rangeFault(distribution, at) ?? (method === 'grid' ? gridFault(distribution, at) : null);
  }
}

function categoricalFault(
  { values, probabilities }: Distribution & { readonly type: 'categorical' },
  at: Path,
  method: SweepSpec['method'],
): Finding | null {
  const seen = new Map<string, number>();
  for (const [index, value] of values.entries()) {
    const text = canonicalJson(value);
    const first = seen.get(text);
    if (first !== undefined) {
      const message = `${show(value)} stands here twice, as entries ${first + 1} and ${index + 1}`;
      return { code: 'E_SWEEP_DUP_TRIAL', path: [...at, 'values', index], message, fix: 'keep one of the two' };
    }
    seen.set(text, index);
    const reference = referenceFault(value, [...at, 'values', index]);
    if (reference !== null) return reference;
  }
  if (probabilities === undefined) return null;
  const path = [...at, 'probabilities'];
  if (method === 'grid') {
    const fix = 'remove them, or use method: random';
    return { code: 'E_SWEEP_PARAMETER', path, atKey: true, message: 'a grid has no use for probabilities', fix };
  }
  if (probabilities.length !== values.length) {
    const message = `the list has length ${probabilities.length}, but there are ${values.length} values`;
    return { code: 'E_SWEEP_RANGE', path, message, fix: 'give one probability per value' };
  }
  const total = probabilities.reduce((sum, probability) => sum + probability, 0);
  if (Math.abs(total - 1) > 1e-6) {
    return {
      code: 'E_SWEEP_RANGE',
      path,
      message: `adds up to ${Number(total.toPrecision(6))}`,
      fix: 'make it add up to 1',
    };
  }
  return null;
}

function referenceFault(value: ParameterValue, path: Path): Finding | null {
  if (!/\$\{[^}]*\}/.test(canonicalJson(value))) return null;
  const fix = 'references belong under `train`';
  return { code: 'E_SWEEP_REFERENCE', path, message: 'a parameter value cannot refer to another parameter', fix };
}

type Ranged = Exclude<Distribution, { readonly type: 'constant' | 'categorical' }>;

function rangeFault(distribution: Ranged, at: Path): Finding | null {
  const { type, min, max } = distribution;
  const fault = (key: string, message: string, fix: string): Finding => ({
    code: 'E_SWEEP_RANGE',
    path: [...at, key],
    message,
    fix,
  });
  if (min > max) return fault('min', `${min} is above max ${max}`, 'exchange the two');
  if (type === 'int_uniform') {
    const key = Number.isInteger(min) ? (Number.isInteger(max) ? null : 'max') : 'min';
    if (key !== null)
      return fault(key, `int_uniform needs whole numbers, got ${key === 'min' ? min : max}`, 'round it');
  }
  if ((type === 'log_uniform_values' || type === 'q_log_uniform_values') && min <= 0) {
    return fault('min', `a log range starts above 0, got ${min}`, 'use a small positive number such as 1e-4');
  }
  if ('q' in distribution && firstMultiple(distribution) > lastMultiple(distribution)) {
    return fault('q', `no multiple of ${distribution.q} lies between ${min} and ${max}`, 'use a smaller q');
  }
  return null;
}

function gridFault(distribution: Ranged, at: Path): Finding | null {
  if (distribution.type === 'int_uniform' || distribution.type === 'q_uniform') return null;
  return {
    code: 'E_SWEEP_METHOD',
    path: at,
    message: `a grid cannot walk through the endless values of ${distribution.type}`,
    fix: 'list them as `values`, or use `method: random` with a `run_cap`',
  };
}
