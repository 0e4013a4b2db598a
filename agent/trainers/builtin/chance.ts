/** What the best answer that looks at no row costs: below it a model has learned something. */
import { assertNever } from '../../../shared/kernel/assert.ts';
import type { LossConfig } from '../../../shared/sweep/train.ts';
import type { Chance } from './divergence.ts';

/** The share of each class among the rows. */
export function classShares(labels: ArrayLike<number>, classes: number): readonly number[] {
  const counts = new Array<number>(classes).fill(0);
  for (let row = 0; row < labels.length; row++) counts[labels[row]!]! += 1;
  return counts.map((count) => count / labels.length);
}

/**
 * Of training rows that hold the classes in these shares. Null for numbers, whose spread is unknown, and where all rows are
 * of one class, so that every answer is right.
 */
export function chanceOf(loss: LossConfig, shares: readonly number[] | null): Chance | null {
  if (shares === null || shares.filter((share) => share > 0).length < 2) return null;
  return { loss: lossOfGuessing(loss, shares), classes: shares.length, commonest: Math.max(...shares) };
}

function lossOfGuessing(loss: LossConfig, shares: readonly number[]): number {
  switch (loss.type) {
    case 'cross_entropy':
      return ofProbabilities(shares, loss.classWeights, loss.labelSmoothing);
    case 'nll':
      return ofProbabilities(shares, loss.classWeights);
    case 'bce_with_logits': {
      const weight = loss.positiveWeight ?? 1;
      const ofOne = (p: number) => -weight * Math.log(p);
      const ofZero = (p: number) => -Math.log(1 - p);
      // Of two classes there is one score, for the second.
      const scored = shares.length === 2 ? shares.slice(1) : shares;
      return mean(scored.map((share) => leastConstant(share, ofOne, ofZero)));
    }
    case 'mse':
      return ofErrors(shares, (error) => error * error);
    case 'mae':
      return ofErrors(shares, Math.abs);
    case 'huber':
      return ofErrors(shares, (error) => {
        const size = Math.abs(error);
        return size <= loss.delta ? 0.5 * error * error : loss.delta * (size - 0.5 * loss.delta);
      });
    default:
      return assertNever(loss);
  }
}

/** Least where the probabilities are the shares of what each class weighs in the loss: the entropy of those. */
function ofProbabilities(
  shares: readonly number[],
  weights: readonly number[] = shares.map(() => 1),
  smoothing = 0,
): number {
  const whole = sum(shares.map((share, c) => share * weights[c]!));
  const parts = shares.map((share, c) => (weights[c]! / whole) * ((1 - smoothing) * share + smoothing / shares.length));
  const all = sum(parts);
  return sum(parts.map((part) => (part > 0 ? -part * Math.log(part / all) : 0)));
}

/** Scores are compared with 1 for the row's class and 0 for the others. */
function ofErrors(shares: readonly number[], lossOf: (error: number) => number): number {
  return mean(
    shares.map((share) =>
      leastConstant(
        share,
        (score) => lossOf(1 - score),
        (score) => lossOf(score),
      ),
    ),
  );
}

const STEPS = 1000;

/** The least mean loss of one constant score in (0, 1), where this share of the targets is 1 and the others are 0. */
function leastConstant(share: number, ofOne: (score: number) => number, ofZero: (score: number) => number): number {
  let least = Number.POSITIVE_INFINITY;
  // Halves of steps, so that neither 0 nor 1 is tried, whose logarithms are infinite.
  for (let step = 0.5; step < STEPS; step++) {
    const score = step / STEPS;
    least = Math.min(least, share * ofOne(score) + (1 - share) * ofZero(score));
  }
  return least;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function mean(values: readonly number[]): number {
  return sum(values) / values.length;
}
