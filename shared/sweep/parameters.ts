import type { ParameterValue } from '../protocol/index.ts';
import type { ParameterEntry } from './file-schema.ts';
import { type Finding, listed, type Path, show } from './finding.ts';
import { meaningFault } from './parameter-meaning.ts';
import type { Distribution, Parameter, SweepSpec } from './spec.ts';

/** A parameter and where its entry stands in the file. */
export interface PlacedParameter extends Parameter {
  readonly at: Path;
}

const PARAMETER_NAME = /^[A-Za-z_][A-Za-z0-9_-]{0,62}$/;

/** Flattens the `parameters` section in file order; faults go to `report`. `writtenAt` tells `1.0` from `1`. */
export function readParameters(
  entries: Readonly<Record<string, ParameterEntry>>,
  method: SweepSpec['method'],
  writtenAt: (path: Path) => string | null,
  report: (finding: Finding) => void,
): readonly PlacedParameter[] {
  const parameters: PlacedParameter[] = [];
  const visit = (group: Readonly<Record<string, ParameterEntry>>, at: Path, prefix: string) => {
    for (const [name, entry] of Object.entries(group)) {
      const here = [...at, name];
      const fault = nameFault(name, prefix);
      if (fault !== null) report({ ...fault, path: here, atKey: true });
      else if (entry.parameters !== undefined) {
        const stray = Object.keys(entry).find((key) => key !== 'parameters');
        if (stray !== undefined) report(inGroup([...here, stray]));
        visit(entry.parameters, [...here, 'parameters'], `${prefix}${name}.`);
      } else {
        const distribution = readDistribution(entry, here, method, writtenAt, report);
        if (distribution !== null) parameters.push({ path: `${prefix}${name}`, distribution, at: here });
      }
    }
  };
  visit(entries, ['parameters'], '');
  return parameters;
}

function nameFault(name: string, prefix: string): Omit<Finding, 'path'> | null {
  if (!PARAMETER_NAME.test(name)) {
    return {
      code: 'E_NAME',
      message: `${show(name)} cannot name a parameter`,
      fix: 'use letters, digits, "_" and "-", starting with a letter or "_", at most 63 characters',
    };
  }
  if (prefix === '' && name === 'seed') {
    return {
      code: 'E_SWEEP_SEED',
      message: 'the seed is an axis of every sweep, not a parameter',
      fix: 'list its values under `seeds:` at the top of the file',
    };
  }
  return null;
}

function inGroup(path: Path): Finding {
  return {
    code: 'E_SWEEP_PARAMETER',
    path,
    atKey: true,
    message: 'a group of nested parameters has no values of its own',
    fix: 'move it into one of the nested parameters',
  };
}

type Kind = Distribution['type'];

/** Keys that each distribution takes besides `distribution`. */
const KEYS: Readonly<Record<Kind, readonly (keyof ParameterEntry)[]>> = {
  constant: ['value'],
  categorical: ['values', 'probabilities'],
  int_uniform: ['min', 'max'],
  uniform: ['min', 'max'],
  q_uniform: ['min', 'max', 'q'],
  log_uniform_values: ['min', 'max'],
  q_log_uniform_values: ['min', 'max', 'q'],
};

function readDistribution(
  entry: ParameterEntry,
  at: Path,
  method: SweepSpec['method'],
  writtenAt: (path: Path) => string | null,
  report: (finding: Finding) => void,
): Distribution | null {
  const kind = kindOf(entry, at, writtenAt);
  if (typeof kind !== 'string') {
    report(kind);
    return null;
  }
  const taken = KEYS[kind];
  const has = (key: keyof ParameterEntry) => Object.hasOwn(entry, key);
  const missing = taken.find((key) => key !== 'probabilities' && !has(key));
  if (missing !== undefined) {
    const fix = `${kind} takes ${listed(taken.map((key) => `\`${key}\``))}`;
    report({ code: 'E_SWEEP_MISSING', path: [...at, missing], message: 'is missing', fix });
    return null;
  }
  const stray = (Object.keys(entry) as (keyof ParameterEntry)[]).find(
    (key) => key !== 'distribution' && !taken.includes(key),
  );
  if (stray !== undefined) {
    const fix = `${kind} takes ${listed(taken.map((key) => `\`${key}\``))}`;
    report({
      code: 'E_SWEEP_PARAMETER',
      path: [...at, stray],
      atKey: true,
      message: `${kind} has no \`${stray}\``,
      fix,
    });
    return null;
  }
  const distribution = build(kind, entry);
  const fault = meaningFault(distribution, at, method);
  if (fault !== null) report(fault);
  return fault === null ? distribution : null;
}

/** As written, else W&B's default: values are categorical, two whole numbers int_uniform, other ranges uniform. */
function kindOf(entry: ParameterEntry, at: Path, writtenAt: (path: Path) => string | null): Kind | Finding {
  if (entry.distribution !== undefined) return entry.distribution;
  if (Object.hasOwn(entry, 'value')) return 'constant';
  if (entry.values !== undefined) return 'categorical';
  if (entry.min !== undefined || entry.max !== undefined) {
    if (entry.q !== undefined) return 'q_uniform';
    const whole = (key: 'min' | 'max') => Number.isInteger(entry[key]) && !/[.eE]/.test(writtenAt([...at, key]) ?? '');
    return whole('min') && whole('max') ? 'int_uniform' : 'uniform';
  }
  return {
    code: 'E_SWEEP_PARAMETER',
    path: at,
    message: 'has neither a value, nor values, nor a range',
    fix: 'write {value: 1}, {values: [1, 2]} or {min: 0.1, max: 1.0}',
  };
}

function build(kind: Kind, entry: ParameterEntry): Distribution {
  const min = entry.min as number;
  const max = entry.max as number;
  switch (kind) {
    case 'constant':
      return { type: kind, value: entry.value as ParameterValue };
    case 'categorical': {
      const values = entry.values as readonly ParameterValue[];
      return {
        type: kind,
        values,
        ...(entry.probabilities === undefined ? {} : { probabilities: entry.probabilities }),
      };
    }
    case 'q_uniform':
    case 'q_log_uniform_values':
      return { type: kind, min, max, q: entry.q as number };
    default:
      return { type: kind, min, max };
  }
}
