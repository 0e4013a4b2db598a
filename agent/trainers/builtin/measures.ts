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

/** Epochs at chance after which a model that had learned something is given up. */
const EPOCHS_AT_CHANCE = 3;

/** What is known of an epoch that went without a fault. */
export interface EpochStanding {
  readonly trainLoss: number;
  /** Null where no part was evaluated. */
  readonly accuracy: number | null;
  readonly last: boolean;
}

/**
 * Recognises models that do no better than guessing, which is where rates that are too high lead: true once one ends
 * there, or stays there for some epochs after it had learned something. A model that has not learned anything yet may
 * be a slow one, so that it keeps its time.
 */
export function createChanceWatch(classCount: number): (epoch: EpochStanding) => boolean {
  let learned = false;
  let epochsAtChance = 0;
  return ({ trainLoss, accuracy, last }) => {
    epochsAtChance = isAtChance(trainLoss, accuracy, classCount) ? epochsAtChance + 1 : 0;
    learned ||= trainLoss < chanceLoss(classCount);
    return epochsAtChance > 0 && (last || (learned && epochsAtChance >= EPOCHS_AT_CHANCE));
  };
}

function isAtChance(trainLoss: number, accuracy: number | null, classCount: number): boolean {
  return trainLoss >= chanceLoss(classCount) && accuracy !== null && accuracy <= 1.5 / classCount;
}

/** A little less than the cross-entropy of guessing, as a mean over few rows scatters. */
function chanceLoss(classCount: number): number {
  return 0.98 * Math.log(classCount);
}
