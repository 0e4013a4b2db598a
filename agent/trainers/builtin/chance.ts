/** What the best answer that looks at no row costs: below it a model has learned something. */
import { assertNever } from '../../../shared/kernel/assert.ts';
import type { LossConfig } from '../../../shared/sweep/train.ts';
import type { Chance } from './divergence.ts';

/**
 * For classes that are equally frequent. Null for numbers, whose spread is unknown, and for fewer than two classes, where
 * every answer is right.
 */
export function chanceOf(loss: LossConfig, classes: number | null): Chance | null {
  if (classes === null || classes < 2) return null;
  return { loss: lossOfGuessing(loss, classes), classes };
}

function lossOfGuessing(loss: LossConfig, classes: number): number {
  switch (loss.type) {
    case 'cross_entropy':
    case 'nll':
      // Every class gets 1 / classes: ln(classes) whatever the targets are smoothed to and however classes weigh.
      return Math.log(classes);
    case 'bce_with_logits': {
      const weight = loss.positiveWeight ?? 1;
      return leastConstant(
        classes,
        (p) => -weight * Math.log(p),
        (p) => -Math.log(1 - p),
      );
    }
    case 'mse':
      return ofErrors(classes, (error) => error * error);
    case 'mae':
      return ofErrors(classes, Math.abs);
    case 'huber':
      return ofErrors(classes, (error) => {
        const size = Math.abs(error);
        return size <= loss.delta ? 0.5 * error * error : loss.delta * (size - 0.5 * loss.delta);
      });
    default:
      return assertNever(loss);
  }
}

/** Scores are compared with 1 for the row's class and 0 for the others. */
function ofErrors(classes: number, lossOf: (error: number) => number): number {
  return leastConstant(
    classes,
    (score) => lossOf(1 - score),
    (score) => lossOf(score),
  );
}

const STEPS = 1000;

/** The least mean loss of one constant score in (0, 1), where one in `classes` targets is 1 and the others are 0. */
function leastConstant(classes: number, ofOne: (score: number) => number, ofZero: (score: number) => number): number {
  const share = 1 / classes;
  let least = Number.POSITIVE_INFINITY;
  // Halves of steps, so that neither 0 nor 1 is tried, whose logarithms are infinite.
  for (let step = 0.5; step < STEPS; step++) {
    const score = step / STEPS;
    least = Math.min(least, share * ofOne(score) + (1 - share) * ofZero(score));
  }
  return least;
}
