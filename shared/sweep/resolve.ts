import { SowerError } from '../kernel/errors.ts';
import type { ParameterValue, ParameterValues } from '../protocol/index.ts';
import { courseFaults } from './course-faults.ts';
import { dataFaults, placeFaults } from './data-faults.ts';
import { type Finding, type Path, pathText, show } from './finding.ts';
import { modelFaults } from './model-faults.ts';
import { fillReferences } from './references.ts';
import { checkShape } from './shape.ts';
import type { TrainSpec } from './spec.ts';
import { splitFaults } from './split-faults.ts';
import { type KnowData, knownData } from './train/known-data.ts';
import { explainTrain } from './train/synonyms.ts';
import type { TrainerConfig } from './train.ts';
import { builtinConfig, builtinTrain, isNoop, noopConfig, noopTrain } from './train-schema.ts';

const TRAIN: Path = ['train'];

/** A train section without references as the trainer's configuration, or what is wrong with it. */
export function readTrain(
  filled: ParameterValue,
  know: KnowData = knownData,
): { readonly config: TrainerConfig } | { readonly findings: readonly Finding[] } {
  if (isNoop(filled)) {
    const noop = checkShape(noopTrain, filled, TRAIN);
    return 'findings' in noop ? noop : { config: noopConfig(noop.data) };
  }
  const shape = checkShape(builtinTrain, filled, TRAIN, explainTrain);
  if ('findings' in shape) return shape;
  const lost = placeFaults(shape.data.data);
  if (lost.length > 0) return { findings: lost };
  const config = builtinConfig(shape.data);
  const findings = [
    ...modelFaults(config, know),
    ...dataFaults(config.data),
    ...splitFaults(config),
    ...courseFaults(config),
  ];
  return findings.length > 0 ? { findings } : { config };
}

/** What a trial trains: the train section with the trial's parameter values filled in. */
export function resolveTrain(spec: TrainSpec, params: ParameterValues): TrainerConfig {
  const read = readTrain(fillReferences(spec.train, params));
  if ('config' in read) return read.config;
  const fault = read.findings[0] as Finding;
  throw new SowerError(fault.code, `${pathText(fault.path)}: ${fault.message} (with ${show(params)})`, {
    where: spec.name,
    ...(fault.fix === undefined ? {} : { fix: fault.fix }),
  });
}
