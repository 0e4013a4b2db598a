/** One configuration of every optimizer and option, with numbers under which a small problem learns. */
import type { OptimizerConfig } from '../../shared/sweep/train.ts';

const sgd = { type: 'sgd', lr: 0.1, momentum: 0, nesterov: false, weightDecay: 0 } as const;
const adam = { type: 'adam', lr: 0.02, beta1: 0.9, beta2: 0.999, eps: 1e-8, weightDecay: 0 } as const;
const rmsprop = {
  type: 'rmsprop',
  lr: 0.01,
  alpha: 0.9,
  eps: 1e-3,
  momentum: 0,
  centered: false,
  weightDecay: 0,
} as const;
const adagrad = {
  type: 'adagrad',
  lr: 0.05,
  lrDecay: 0,
  eps: 1e-10,
  initialAccumulatorValue: 0.1,
  weightDecay: 0,
} as const;

export const OPTIMIZERS: Readonly<Record<string, OptimizerConfig>> = {
  SGD: sgd,
  'SGD, momentum': { ...sgd, momentum: 0.9 },
  'SGD, small momentum': { ...sgd, momentum: 0.01, weightDecay: 0.02 },
  'SGD, unscaled momentum': { ...sgd, momentum: 0.001, weightDecay: 0.02 },
  'SGD, unscaled momentum, nesterov': { ...sgd, momentum: 0.002, nesterov: true },
  'SGD, nesterov and decay': { ...sgd, momentum: 0.9, nesterov: true, weightDecay: 0.02 },
  'SGD, decoupled decay': { ...sgd, momentum: 0.9, weightDecay: 0.2, decay: 'decoupled' },
  Adam: adam,
  'Adam, decay': { ...adam, beta1: 0.8, eps: 1e-4, weightDecay: 0.02 },
  AdamW: { ...adam, type: 'adamw', weightDecay: 0.2 },
  RMSprop: rmsprop,
  'RMSprop, all options': { ...rmsprop, momentum: 0.9, centered: true, weightDecay: 0.02 },
  'RMSprop, decoupled decay': { ...rmsprop, weightDecay: 0.2, decay: 'decoupled' },
  Adagrad: adagrad,
  'Adagrad, all options': { ...adagrad, lrDecay: 0.1, eps: 1e-3, weightDecay: 0.02 },
  'Adagrad, decoupled decay': { ...adagrad, weightDecay: 0.2, decay: 'decoupled' },
};
