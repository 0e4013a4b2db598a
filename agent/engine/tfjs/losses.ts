/**
 * Losses as sums over rows, and what to divide them by. What a row is compared with, weights of classes included, is one
 * matrix that the host makes: a loss is then a few tensor operations whatever its options.
 */
import { assertNever } from '../../../shared/kernel/assert.ts';
import type { LossConfig } from '../../../shared/sweep/train.ts';
import type { Tensor, Tf } from './load.ts';

export interface Targets {
  /** `[rows, outputs]`. */
  readonly values: Float32Array;
  /** The mean loss is the sum divided by this: rows, or the weights of their classes. */
  readonly divisor: number;
}

/** Labels are class indices, or the numbers themselves, row-major. */
export function targetsOf(loss: LossConfig, labels: Int32Array | Float32Array, rows: number, outputs: number): Targets {
  if (labels instanceof Float32Array) return { values: labels, divisor: rows };
  const oneHot = new Float32Array(rows * outputs);
  if (outputs === 1) return { values: Float32Array.from(labels), divisor: rows };
  const weights = 'classWeights' in loss ? loss.classWeights : undefined;
  const smoothing = loss.type === 'cross_entropy' ? (loss.labelSmoothing ?? 0) : 0;
  let divisor = 0;
  for (let row = 0; row < rows; row++) {
    const label = labels[row]!;
    const weight = weights?.[label] ?? 1;
    divisor += weight;
    oneHot[row * outputs + label] = (1 - smoothing) * weight;
    if (smoothing === 0) continue;
    for (let at = 0; at < outputs; at++) oneHot[row * outputs + at]! += (smoothing / outputs) * (weights?.[at] ?? 1);
  }
  return { values: oneHot, divisor };
}

/** Sum over the rows; each row's loss is a mean over its outputs where the loss compares number by number. */
export function lossSum(tf: Tf, loss: LossConfig, scores: Tensor, targets: Tensor): Tensor {
  const outputs = scores.shape[1]!;
  const meanOverOutputs = (each: Tensor): Tensor => tf.div(tf.sum(each), outputs);
  switch (loss.type) {
    case 'cross_entropy':
      return tf.neg(tf.sum(tf.mul(targets, tf.logSoftmax(scores))));
    case 'nll':
      return tf.neg(tf.sum(tf.mul(targets, scores)));
    case 'bce_with_logits': {
      const positive = tf.mul(tf.mul(targets, loss.positiveWeight ?? 1), tf.softplus(tf.neg(scores)));
      return meanOverOutputs(tf.add(positive, tf.mul(tf.sub(1, targets), tf.softplus(scores))));
    }
    case 'mse':
      return meanOverOutputs(tf.square(tf.sub(scores, targets)));
    case 'mae':
      return meanOverOutputs(tf.abs(tf.sub(scores, targets)));
    case 'huber': {
      const distance = tf.abs(tf.sub(scores, targets));
      const near = tf.minimum(distance, loss.delta);
      return meanOverOutputs(tf.mul(near, tf.sub(distance, tf.mul(near, 0.5))));
    }
    default:
      return assertNever(loss);
  }
}

/** Rows whose class the scores name: the highest, or for a single score its sign. */
export function countCorrect(scores: Float32Array, labels: Int32Array, outputs: number): number {
  let correct = 0;
  for (let row = 0; row < labels.length; row++) {
    let guess = 0;
    if (outputs === 1) guess = scores[row]! > 0 ? 1 : 0;
    else
      for (let at = 1; at < outputs; at++) if (scores[row * outputs + at]! > scores[row * outputs + guess]!) guess = at;
    if (guess === labels[row]) correct++;
  }
  return correct;
}
