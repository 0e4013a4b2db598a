/**
 * From an index to a trial, without ever holding the grid: the same on every machine, in any order.
 *
 * Trial index = configuration index x number of seeds + seed index. A grid's configuration index is a mixed-radix number
 * whose last parameter (in file order) changes fastest. A random search's value is a pure function of (search seed,
 * parameter path, configuration index).
 */
import { assert } from '../kernel/assert.ts';
import { configurationId, indexOfId, trialId } from '../kernel/ids.ts';
import { deriveKey, drawUniform } from '../kernel/random.ts';
import type { ParameterValue, ParameterValues } from '../protocol/index.ts';
import { axisSize, axisValue, valueOfDraw } from './distribution.ts';
import type { SweepSpec, Trial } from './spec.ts';

export function plannedTrials(spec: SweepSpec): number {
  return spec.configurations * spec.seeds.length;
}

/** Parameter values of a configuration, by dotted path, in file order. */
export function configurationAt(spec: SweepSpec, index: number): ParameterValues {
  assert(
    Number.isInteger(index) && index >= 0 && index < spec.configurations,
    `configuration ${index} of ${spec.configurations}`,
  );
  return spec.method === 'grid' ? gridConfiguration(spec, index) : randomConfiguration(spec, index);
}

export function trialAt(spec: SweepSpec, index: number): Trial {
  const seedCount = spec.seeds.length;
  const configurationIndex = Math.floor(index / seedCount);
  const params = configurationAt(spec, configurationIndex);
  return {
    index,
    id: trialId(index),
    configuration: configurationId(configurationIndex),
    configurationIndex,
    seed: spec.seeds[index % seedCount] as number,
    params,
  };
}

/** The index in a trial id; null where the sweep has no such trial. */
export function trialIndexOf(spec: SweepSpec, id: string): number | null {
  const index = indexOfId(id);
  return index !== null && index < plannedTrials(spec) && trialId(index) === id ? index : null;
}

function gridConfiguration(spec: SweepSpec, index: number): ParameterValues {
  const digits = new Array<number>(spec.parameters.length);
  let rest = index;
  for (let i = spec.parameters.length - 1; i >= 0; i--) {
    const size = axisSize(spec.parameters[i]!.distribution);
    assert(size !== null, 'every axis of a grid is finite');
    digits[i] = rest % size;
    rest = Math.floor(rest / size);
  }
  const values: Record<string, ParameterValue> = {};
  for (const [i, parameter] of spec.parameters.entries()) {
    values[parameter.path] = axisValue(parameter.distribution, digits[i] as number);
  }
  return values;
}

function randomConfiguration(spec: SweepSpec, index: number): ParameterValues {
  const values: Record<string, ParameterValue> = {};
  for (const { path, distribution } of spec.parameters) {
    const key = deriveKey(spec.searchSeed, 'parameter', path);
    values[path] = valueOfDraw(distribution, drawUniform(key, index));
  }
  return values;
}
