import { SowerError } from '../kernel/errors.ts';
import type { ParameterValue, ParameterValues } from '../protocol/index.ts';
import { type Finding, type Path, pathText, show } from './finding.ts';
import { fillReferences } from './references.ts';
import { checkShape } from './shape.ts';
import type { TrainSpec } from './spec.ts';
import { DATA_SETS, type DataSetName } from './train/data.ts';
import type { LayerConfig, TrainConfig, TrainerConfig } from './train.ts';
import { builtinConfig, builtinTrain, isNoop, noopConfig, noopTrain } from './train-schema.ts';

const TRAIN: Path = ['train'];

/** A train section without references as the trainer's configuration, or what is wrong with it. */
export function readTrain(
  filled: ParameterValue,
): { readonly config: TrainerConfig } | { readonly findings: readonly Finding[] } {
  if (isNoop(filled)) {
    const noop = checkShape(noopTrain, filled, TRAIN);
    return 'findings' in noop ? noop : { config: noopConfig(noop.data) };
  }
  const shape = checkShape(builtinTrain, filled, TRAIN, explainTrain);
  if ('findings' in shape) return shape;
  const config = builtinConfig(shape.data);
  const findings = [...modelFaults(config), ...splitFaults(config)];
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

function explainTrain(path: Path, word: string | null): Omit<Finding, 'path'> | null {
  if (word === 'softmax' && path.includes('model')) {
    const fix = 'remove it; the exported model has probabilities as a second output';
    return { code: 'E_SWEEP_VALUE', message: 'the loss cross_entropy applies softmax itself', fix };
  }
  if (path.includes('optimizer') && word !== null && ['adam', 'adamw', 'rmsprop'].includes(word)) {
    return { code: 'E_SWEEP_UNSUPPORTED', message: 'this version trains with sgd only', fix: 'use sgd with momentum' };
  }
  return null;
}

function modelFaults({ model, data }: TrainConfig): readonly Finding[] {
  const path = [...TRAIN, 'model', model.length - 1];
  const last = model[model.length - 1] as LayerConfig;
  const fault = (message: string, fix: string): Finding[] => [{ code: 'E_SWEEP_MODEL', path, message, fix }];
  const { classes } = DATA_SETS[data.name as DataSetName];
  if (last.type !== 'dense') {
    const message = `the last layer is ${last.type}, but must be dense: it gives the scores of the classes`;
    return fault(message, `end the model with "- dense: {units: ${classes}}"`);
  }
  if (last.activation !== undefined) {
    const message = `the last layer gives the scores of the classes and cannot have the activation ${last.activation}`;
    return fault(message, 'remove the activation');
  }
  if (last.units !== classes) {
    return fault(
      `the last layer has ${last.units} units, but ${data.name} has ${classes} classes`,
      `use units: ${classes}`,
    );
  }
  return [];
}

function splitFaults(config: TrainConfig): readonly Finding[] {
  const findings = shareFaults(config);
  return findings.length > 0 ? findings : rowFaults(config);
}

function rowFaults({ data }: TrainConfig): readonly Finding[] {
  const { trainingRows } = DATA_SETS[data.name as DataSetName];
  const rowsOf = (asked: number) => (asked < 1 ? Math.round(asked * trainingRows) : asked);
  const { train, validation = 0 } = data.split;
  const fault = (message: string): Finding[] => [
    {
      code: 'E_SWEEP_RANGE',
      path: [...TRAIN, 'data', 'split'],
      message,
      fix: 'ask for fewer rows, or for shares such as 0.8',
    },
  ];
  const rows = rowsOf(train ?? 0) + rowsOf(validation);
  // Two shares may both be rounded up.
  const rounding = (train ?? 0) < 1 && validation < 1 ? 1 : 0;
  if (rows > trainingRows + rounding) return fault(`asks for ${rows} rows, but ${data.name} has ${trainingRows}`);
  if (train === undefined && rows >= trainingRows) {
    return fault(`leaves none of the ${trainingRows} rows of ${data.name} to train on`);
  }
  return [];
}

function shareFaults({ data }: TrainConfig): readonly Finding[] {
  const findings: Finding[] = [];
  for (const part of ['train', 'validation'] as const) {
    const share = data.split[part];
    if (share === undefined || share < 1 || Number.isInteger(share)) continue;
    const fix = `use ${Math.round(share)}, or a share below 1`;
    const path = [...TRAIN, 'data', 'split', part];
    findings.push({ code: 'E_SWEEP_RANGE', path, message: `${share} is no number of rows`, fix });
  }
  const { train = 0, validation = 0 } = data.split;
  if (train < 1 && validation < 1 && train + validation > 1 + 1e-9) {
    const message = `the shares add up to ${Number((train + validation).toPrecision(6))}`;
    findings.push({
      code: 'E_SWEEP_RANGE',
      path: [...TRAIN, 'data', 'split'],
      message,
      fix: 'keep their sum at or below 1',
    });
  }
  return findings;
}
