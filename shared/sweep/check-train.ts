import type { ParameterValue, ParameterValues } from '../protocol/index.ts';
import { axisSize, axisValue } from './distribution.ts';
import { type Finding, type Path, pathText } from './finding.ts';
import { hintAmong } from './near-name.ts';
import { objectiveFaultsFor } from './objective.ts';
import type { PlacedParameter } from './parameters.ts';
import { fillReferences, namesIn, referencesIn } from './references.ts';
import { readTrain } from './resolve.ts';
import type { Distribution, Objective } from './spec.ts';
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
): readonly Finding[] {
  const probes = parameters.map(({ distribution }) => probesOf(distribution));
  const first: Record<string, ParameterValue> = {};
  for (const [i, parameter] of parameters.entries()) first[parameter.path] = probes[i]![0]!.value;
  const check = (params: ParameterValues) => faultsOf(fillReferences(train, params), objective);

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
  return findings;
}

const MOST_FINDINGS = 20;

function keyOf(finding: Finding): string {
  return `${pathText(finding.path)} ${finding.message}`;
}

function faultsOf(filled: ParameterValue, objective: Objective): readonly Finding[] {
  const read = readTrain(filled);
  return 'findings' in read ? read.findings : objectiveFaultsFor(objective, read.config);
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

/** Moves a fault from the reference to the parameter value that caused it. */
function attribute(
  finding: Finding,
  train: ParameterValue,
  parameters: readonly PlacedParameter[],
  probes: readonly (readonly Probe[])[],
  varied: { readonly parameter: PlacedParameter; readonly probe: Probe } | null,
): Finding {
  const names = namesOnTheWay(train, finding.path.slice(TRAIN.length));
  const index = parameters.findIndex(({ path }) => names.includes(path));
  const culprit = varied ?? (index < 0 ? null : { parameter: parameters[index]!, probe: probes[index]![0]! });
  if (culprit === null || (varied === null && finding.path[0] !== TRAIN[0])) return finding;
  const { atKey: _, ...rest } = finding;
  return {
    ...rest,
    path: [...culprit.parameter.at, ...culprit.probe.at],
    message: `${finding.message} (as ${pathText(finding.path)})`,
  };
}

/** Parameters in the deepest text of the train section on the way to `path`. */
function namesOnTheWay(train: ParameterValue, path: Path): readonly string[] {
  let here: ParameterValue | undefined = train;
  for (const step of path) {
    if (typeof here === 'string' || here === null || typeof here !== 'object') break;
    here = (here as Readonly<Record<string | number, ParameterValue>>)[step];
  }
  return typeof here === 'string' ? namesIn(here) : [];
}
