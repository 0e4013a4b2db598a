/** The rules that call a trial diverged. */
import type { Evaluation } from '../../engine/port.ts';

export interface EpochEvaluations {
  readonly validation: Evaluation | null;
  readonly test: Evaluation | null;
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

/** What the rule remembers from epoch to epoch; plain data, so that a resumed trial goes on with it. */
export interface ChanceWatch {
  readonly learned: boolean;
  readonly epochsAtChance: number;
}

export const FRESH_WATCH: ChanceWatch = { learned: false, epochsAtChance: 0 };

/** What is known of an epoch that went without a fault. */
export interface EpochStanding {
  readonly trainLoss: number;
  /** Null where no part was evaluated. */
  readonly accuracy: number | null;
  readonly last: boolean;
}

/** What guessing gives. */
export interface Chance {
  readonly loss: number;
  readonly classes: number;
  /** Share of the commonest class: the accuracy of always answering it. */
  readonly commonest: number;
}

/**
 * Recognises models that do no better than guessing, which is where rates that are too high lead: stuck once one ends
 * there, or stays there for some epochs after it had learned something. A model that has not learned anything yet may
 * be a slow one, so that it keeps its time. `chance` null: nothing can be guessed, so nothing is ever stuck.
 */
export function watchChance(
  watch: ChanceWatch,
  { trainLoss, accuracy, last }: EpochStanding,
  chance: Chance | null,
): { readonly watch: ChanceWatch; readonly stuck: boolean } {
  if (chance === null) return { watch, stuck: false };
  // A little less than the loss of guessing, as a mean over few rows scatters.
  const beyond = 0.98 * chance.loss;
  // A little more than always answering the commonest class is right, as few validation rows scatter, too.
  const equal = 1 / chance.classes;
  const guessed = Math.max(chance.commonest + 0.02, equal + Math.min(0.05, equal / 2));
  const isAtChance = trainLoss >= beyond && accuracy !== null && accuracy <= guessed;
  const epochsAtChance = isAtChance ? watch.epochsAtChance + 1 : 0;
  const learned = watch.learned || trainLoss < beyond;
  const stuck = epochsAtChance > 0 && (last || (learned && epochsAtChance >= EPOCHS_AT_CHANCE));
  return { watch: { learned, epochsAtChance }, stuck };
}
