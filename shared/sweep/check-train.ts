import type { ParameterValue, ParameterValues } from '../protocol/index.ts';
import { combinations } from './combinations.ts';
import { axisSize, axisValue } from './distribution.ts';
import { type Finding, listed, type Path, pathText } from './finding.ts';
import { hintAmong } from './near-name.ts';
import { metricFaults } from './objective.ts';
import type { PlacedParameter } from './parameters.ts';
import { fillReferences, isLabelled, labelOf, namesIn, referencesIn } from './references.ts';
import { readTrain } from './resolve.ts';
import type { Distribution, Objective } from './spec.ts';
import { type KnowData, knownData } from './train/known-data.ts';
import { isNoop } from './train-schema.ts';

const TRAIN: Path = ['train'];

/** Unknown references and parameters that nothing refers to. */
export function referenceFaults(train: ParameterValue, parameters: readonly PlacedParameter[]): readonly Finding[] {
  const references = referencesIn(train);
  const names = parameters.map(({ path }) => path);
  const unknown = references
    .filter(({ name }) => !names.includes(name))
    .map(({ name, path }): Finding => {
      const message = `\${${name}} refers to no parameter`;
      const at = [...TRAIN, ...path];
      if (name === 'seed') {
        const fix = 'remove it; every trial trains with its seed without being told';
        return { code: 'E_SWEEP_REFERENCE', path: at, message, fix };
      }
      return { code: 'E_SWEEP_REFERENCE', path: at, message, fix: hintAmong(name, names, 'parameters') };
    });
  // A misspelt reference leaves its parameter unused; that is one fault, not two.
  if (isNoop(train) || unknown.length > 0) return unknown;
  const used = new Set(references.map(({ name }) => name));
  return parameters
    .filter(({ path }) => !used.has(path))
    .map(
      ({ path, at }): Finding => ({
        code: 'E_SWEEP_UNUSED',
        path: at,
        atKey: true,
        message: 'nothing under `train` refers to this parameter, so all its trials would be equal',
        fix: `write "\${${path}}" where it belongs, or remove it`,
      }),
    );
}

/**
 * Checks what would be trained without expanding the grid: the configuration of all first values, then each other value
 * of each parameter with the rest at their first. Ranges are tried at both ends.
 */
export function trainFaults(
  train: ParameterValue,
  parameters: readonly PlacedParameter[],
  objective: Objective,
  know: KnowData = knownData,
): readonly Finding[] {
  const probes = parameters.map(({ distribution }) => probesOf(distribution));
  const first: Record<string, ParameterValue> = {};
  for (const [i, parameter] of parameters.entries()) first[parameter.path] = probes[i]![0]!.value;
  const check = (params: ParameterValues) => faultsOf(fillReferences(train, params), objective, know);

  const plain = check(first);
  const findings = plain.map((finding) => attribute(finding, train, parameters, probes, null));
  const seen = new Set(plain.map(keyOf));
  const used = new Set(referencesIn(train).map(({ name }) => name));
  for (const [i, parameter] of parameters.entries()) {
    if (!used.has(parameter.path)) continue;
    for (const probe of probes[i]!.slice(1)) {
      for (const finding of check({ ...first, [parameter.path]: probe.value })) {
        if (seen.has(keyOf(finding))) continue;
        findings.push(attribute(finding, train, parameters, probes, { parameter, probe }));
      }
      if (findings.length >= MOST_FINDINGS) return findings;
    }
  }
  return findings.length > 0 ? findings : togetherFaults(train, parameters, probes, check);
}

/** Combinations that are tried of parameters that the model or its data depends on. */
const MOST_COMBINATIONS = 512;

/** Values that are sound one by one may still make an impossible model together; the first such combination. */
function togetherFaults(
  train: ParameterValue,
  parameters: readonly PlacedParameter[],
  probes: readonly (readonly Probe[])[],
  check: (params: ParameterValues) => readonly Finding[],
): readonly Finding[] {
  const { model = null, data = null } = train as { readonly [key: string]: ParameterValue };
  const shaping = new Set([model, data].flatMap((part) => referencesIn(part)).map(({ name }) => name));
  const sizes = parameters.map(({ path }, i) => (shaping.has(path) ? probes[i]!.length : 1));
  if (sizes.filter((size) => size > 1).length < 2) return [];
  let left = MOST_COMBINATIONS;
  for (const choice of combinations(sizes)) {
    if (left-- === 0) break;
    const chosen = choice.map((index, i) => probes[i]![index]!);
    const [fault] = check(Object.fromEntries(parameters.map(({ path }, i) => [path, chosen[i]!.value])));
    if (fault === undefined) continue;
    const turned = parameters.flatMap((parameter, i) => (sizes[i]! > 1 ? [{ parameter, probe: chosen[i]! }] : []));
    const values = turned.map(({ parameter, probe }) => `${parameter.path} ${labelOf(probe.value)}`);
    const placed = attribute(fault, train, parameters, probes, turned.at(-1)!);
    return [{ ...placed, message: `${placed.message.slice(0, -1)}, with ${listed(values)})` }];
  }
  return [];
}

const MOST_FINDINGS = 20;

function keyOf(finding: Finding): string {
  return `${pathText(finding.path)} ${finding.message}`;
}

function faultsOf(filled: ParameterValue, objective: Objective, know: KnowData): readonly Finding[] {
  const read = readTrain(filled, know);
  return 'findings' in read ? read.findings : metricFaults(objective, read.config, know);
}

interface Probe {
  readonly value: ParameterValue;
  /** Where the value stands, from the parameter's entry. */
  readonly at: Path;
}

function probesOf(distribution: Distribution): readonly Probe[] {
  if (distribution.type === 'constant') return [{ value: distribution.value, at: ['value'] }];
  if (distribution.type === 'categorical') {
    return distribution.values.map((value, index) => ({ value, at: ['values', index] }));
  }
  const size = distribution.type === 'int_uniform' || distribution.type === 'q_uniform' ? axisSize(distribution) : null;
  const low = size === null ? distribution.min : axisValue(distribution, 0);
  const high = size === null ? distribution.max : axisValue(distribution, size - 1);
  return [
    { value: low, at: ['min'] },
    { value: high, at: ['max'] },
  ];
}

/** Moves a fault from the reference to the parameter value that caused it, and to the place inside that. */
function attribute(
  finding: Finding,
  train: ParameterValue,
  parameters: readonly PlacedParameter[],
  probes: readonly (readonly Probe[])[],
  varied: { readonly parameter: PlacedParameter; readonly probe: Probe } | null,
): Finding {
  if (finding.path[0] !== TRAIN[0] && varied === null) return finding;
  const text = textOnTheWay(train, finding.path.slice(TRAIN.length));
  const names = text === null ? [] : namesIn(text.text);
  const index = parameters.findIndex(({ path }) => names.includes(path));
  const culprit = varied ?? (index < 0 ? null : { parameter: parameters[index]!, probe: probes[index]![0]! });
  const { atKey, ...rest } = finding;
  // A key that holds a reference is a fault of the key, whatever its value.
  if (culprit === null || (varied === null && atKey === true && text?.rest.length === 0)) return finding;
  const { parameter, probe } = culprit;
  const isWhole = text !== null && names.length === 1 && names[0] === parameter.path;
  const inside = isWhole ? [...(isLabelled(probe.value) ? ['value'] : []), ...text.rest] : [];
  return {
    ...rest,
    ...(atKey === true && isWhole && text.rest.length > 0 ? { atKey } : {}),
    path: [...parameter.at, ...probe.at, ...(inside.length === 1 && inside[0] === 'value' ? [] : inside)],
    message: `${finding.message} (as ${pathText(finding.path)})`,
  };
}

/** The text of the train section that stands on the way to `path`, and what of the path lies inside its value. */
function textOnTheWay(train: ParameterValue, path: Path): { readonly text: string; readonly rest: Path } | null {
  let here: ParameterValue | undefined = train;
  for (const [depth, step] of path.entries()) {
    if (typeof here === 'string') return { text: here, rest: path.slice(depth) };
    if (here === null || typeof here !== 'object') return null;
    here = (here as Readonly<Record<string | number, ParameterValue>>)[step];
  }
  return typeof here === 'string' ? { text: here, rest: [] } : null;
}
