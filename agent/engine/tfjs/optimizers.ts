/** Optimizer steps to PyTorch's rules; those of tf.train differ in where epsilon stands and in what momentum is. */
import { assertNever } from '../../../shared/kernel/assert.ts';
import type {
  AdagradConfig,
  AdamConfig,
  OptimizerConfig,
  RmspropConfig,
  SgdConfig,
} from '../../../shared/sweep/train.ts';
import type { Tensor, Tf } from './load.ts';

export interface Slot {
  /** PyTorch's word. */
  readonly name: string;
  readonly initial: number;
}

export interface StepMoment {
  readonly lr: number;
  /** Steps of the optimizer with this one: 1 for the first. */
  readonly count: number;
}

interface Change {
  /** What is taken off the parameter. */
  readonly step: Tensor;
  readonly slots: readonly Tensor[];
}

const slot = (name: string, initial = 0): Slot => ({ name, initial });

/** What is kept beside every parameter, in the order that `optimizerStep` takes. */
export function slotsOf(config: OptimizerConfig): readonly Slot[] {
  switch (config.type) {
    case 'sgd':
      return config.momentum === 0 ? [] : [slot('momentum_buffer')];
    case 'adam':
    case 'adamw':
      return [slot('exp_avg'), slot('exp_avg_sq')];
    case 'rmsprop':
      return [
        slot('square_avg'),
        ...(config.centered ? [slot('grad_avg')] : []),
        ...(config.momentum === 0 ? [] : [slot('momentum_buffer')]),
      ];
    case 'adagrad':
      return [slot('sum', config.initialAccumulatorValue)];
    default:
      return assertNever(config);
  }
}

/** The parameter and its slots after one step. */
export function optimizerStep(
  tf: Tf,
  config: OptimizerConfig,
  { lr, count }: StepMoment,
  parameter: Tensor,
  gradient: Tensor,
  slots: readonly Tensor[],
): { readonly parameter: Tensor; readonly slots: readonly Tensor[] } {
  const decays = config.weightDecay !== 0;
  const decoupled = (config.decay ?? (config.type === 'adamw' ? 'decoupled' : 'coupled')) === 'decoupled';
  const pulled = decays && !decoupled ? tf.add(gradient, tf.mul(parameter, config.weightDecay)) : gradient;
  const change = changeOf(tf, config, { lr, count }, pulled, slots);
  const kept = decays && decoupled ? tf.mul(parameter, 1 - lr * config.weightDecay) : parameter;
  return { parameter: tf.sub(kept, change.step), slots: change.slots };
}

function changeOf(
  tf: Tf,
  config: OptimizerConfig,
  moment: StepMoment,
  gradient: Tensor,
  slots: readonly Tensor[],
): Change {
  switch (config.type) {
    case 'sgd':
      return sgd(tf, config, moment, gradient, slots[0]);
    case 'adam':
    case 'adamw':
      return adam(tf, config, moment, gradient, slots);
    case 'rmsprop':
      return rmsprop(tf, config, moment, gradient, slots);
    case 'adagrad':
      return adagrad(tf, config, moment, gradient, slots);
    default:
      return assertNever(config);
  }
}

function sgd(tf: Tf, config: SgdConfig, { lr }: StepMoment, gradient: Tensor, before: Tensor | undefined): Change {
  if (before === undefined) return { step: tf.mul(gradient, lr), slots: [] };
  const buffer = tf.add(tf.mul(before, config.momentum), gradient);
  const ahead = config.nesterov ? tf.add(gradient, tf.mul(buffer, config.momentum)) : buffer;
  return { step: tf.mul(ahead, lr), slots: [buffer] };
}

/** A decaying mean. */
const mean = (tf: Tf, before: Tensor, decay: number, now: Tensor): Tensor =>
  tf.add(tf.mul(before, decay), tf.mul(now, 1 - decay));

function adam(
  tf: Tf,
  { beta1, beta2, eps }: AdamConfig,
  { lr, count }: StepMoment,
  gradient: Tensor,
  slots: readonly Tensor[],
): Change {
  const average = mean(tf, slots[0]!, beta1, gradient);
  const squares = mean(tf, slots[1]!, beta2, tf.square(gradient));
  const spread = tf.add(tf.div(tf.sqrt(squares), Math.sqrt(1 - beta2 ** count)), eps);
  return { step: tf.mul(tf.div(average, spread), lr / (1 - beta1 ** count)), slots: [average, squares] };
}

function rmsprop(
  tf: Tf,
  { alpha, eps, momentum, centered }: RmspropConfig,
  { lr }: StepMoment,
  gradient: Tensor,
  slots: readonly Tensor[],
): Change {
  const squares = mean(tf, slots[0]!, alpha, tf.square(gradient));
  const average = centered ? mean(tf, slots[1]!, alpha, gradient) : null;
  const variance = average === null ? squares : tf.sub(squares, tf.square(average));
  const scaled = tf.div(gradient, tf.add(tf.sqrt(variance), eps));
  const statistics = average === null ? [squares] : [squares, average];
  if (momentum === 0) return { step: tf.mul(scaled, lr), slots: statistics };
  const buffer = tf.add(tf.mul(slots[statistics.length]!, momentum), scaled);
  return { step: tf.mul(buffer, lr), slots: [...statistics, buffer] };
}

function adagrad(
  tf: Tf,
  { lrDecay, eps }: AdagradConfig,
  { lr, count }: StepMoment,
  gradient: Tensor,
  slots: readonly Tensor[],
): Change {
  const sum = tf.add(slots[0]!, tf.square(gradient));
  const rate = lr / (1 + (count - 1) * lrDecay);
  return { step: tf.mul(tf.div(gradient, tf.add(tf.sqrt(sum), eps)), rate), slots: [sum] };
}
