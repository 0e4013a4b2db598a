/** The metrics of a trial and the rules that call it diverged. */
import { SowerError } from '../../../shared/kernel/errors.ts';
import type { MetricValues } from '../../../shared/protocol/index.ts';
import type { DataSet } from '../../data/index.ts';
import type { Evaluation } from '../../engine/port.ts';

export interface EpochEvaluations {
  readonly validation: Evaluation | null;
  readonly test: Evaluation | null;
}

/** Metric values of an epoch; what is not finite becomes null, as JSON has no other word for it. */
export function metricsOf(trainLoss: number, { validation, test }: EpochEvaluations): MetricValues {
  return {
    train_loss: finiteOrNull(trainLoss),
    ...(validation === null ? {} : measuresOf('val', validation)),
    ...(test === null ? {} : measuresOf('test', test)),
  };
}

function measuresOf(part: 'val' | 'test', { loss, accuracy }: Evaluation): MetricValues {
  return {
    [`${part}_loss`]: finiteOrNull(loss),
    [`${part}_accuracy`]: finiteOrNull(accuracy),
    [`${part}_error`]: finiteOrNull(1 - accuracy),
  };
}

function finiteOrNull(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}

const MEASURES = ['loss', 'accuracy', 'error'];

/** Throws E_TRAIN_OBJECTIVE where no epoch would ever measure the objective: better before training than after. */
export function checkObjective(name: string, data: DataSet): void {
  const parts = [...(data.validation === null ? [] : ['val']), ...(data.test === null ? [] : ['test'])];
  const measured = ['train_loss', ...parts.flatMap((part) => MEASURES.map((measure) => `${part}_${measure}`))];
  if (measured.includes(name)) return;
  const noValidation = name.startsWith('val_') && data.validation === null;
  throw new SowerError('E_TRAIN_OBJECTIVE', `no trial measures the objective ${name}`, {
    where: 'metric.name',
    fix: noValidation
      ? 'set rows aside with train.data.split: {validation: 0.2}'
      : `name one of ${measured.join(', ')}`,
  });
}

/** Why a number that should be finite ended the trial: `val_loss is NaN at epoch 2`; null where both losses are fine. */
export function lossFault(epoch: number, { validation, test }: EpochEvaluations): string | null {
  for (const [name, evaluation] of [
    ['val_loss', validation],
    ['test_loss', test],
  ] as const) {
    if (evaluation !== null && !Number.isFinite(evaluation.loss)) return faultOf(name, evaluation.loss, epoch);
  }
  return null;
}

/** The same for a training epoch that ended early: its loss, or else a parameter, is not finite. */
export function trainingFault(epoch: number, trainLoss: number): string {
  return Number.isFinite(trainLoss)
    ? `a parameter is not finite at epoch ${epoch}`
    : faultOf('train_loss', trainLoss, epoch);
}

function faultOf(name: string, value: number, epoch: number): string {
  return `${name} is ${Number.isNaN(value) ? 'NaN' : 'infinite'} at epoch ${epoch}`;
}

/** True where a finished model does no better than guessing: rates so high that it never settled give such models. */
export function isStuckAtChance(trainLoss: number, accuracy: number | null, classCount: number): boolean {
  const chance = 1 / classCount;
  return trainLoss >= 0.98 * Math.log(classCount) && accuracy !== null && accuracy <= 1.5 * chance;
}
