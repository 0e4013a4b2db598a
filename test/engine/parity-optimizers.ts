/** Optimizers that the two engines are compared on, every kind with its options. */
import type { OptimizerConfig } from '../../shared/sweep/train.ts';

export const momentum: OptimizerConfig = { type: 'sgd', lr: 0.05, momentum: 0.9, nesterov: false, weightDecay: 0 };

const decoupled = { weightDecay: 0.05, decay: 'decoupled' } as const;
const adam = { type: 'adam', lr: 0.01, beta1: 0.9, beta2: 0.99, eps: 1e-6, weightDecay: 0 } as const;
const rmsprop = {
  type: 'rmsprop',
  lr: 0.005,
  alpha: 0.95,
  eps: 1e-4,
  momentum: 0,
  centered: false,
  weightDecay: 0,
} as const;
const adagrad = {
  type: 'adagrad',
  lr: 0.05,
  lrDecay: 0.01,
  eps: 1e-8,
  initialAccumulatorValue: 0.1,
  weightDecay: 0,
} as const;

export const OPTIMIZERS: readonly (readonly [string, OptimizerConfig])[] = [
  ['plain sgd', { ...momentum, momentum: 0 }],
  ['nesterov, decay', { ...momentum, nesterov: true, weightDecay: 0.01 }],
  ['sgd, decoupled decay', { ...momentum, ...decoupled }],
  ['adam', adam],
  ['adam, decay', { ...adam, weightDecay: 0.02 }],
  ['adamw', { ...adam, type: 'adamw', weightDecay: 0.02 }],
  ['rmsprop', rmsprop],
  ['rmsprop, centered, momentum, decay', { ...rmsprop, centered: true, momentum: 0.5, weightDecay: 0.01 }],
  ['rmsprop, decoupled decay', { ...rmsprop, ...decoupled }],
  ['adagrad', adagrad],
  ['adagrad, decoupled decay', { ...adagrad, ...decoupled }],
];
