/** Decay of the weights, the same two ways for every optimizer. */
import type { DecayKind, OptimizerConfig } from '../../../shared/sweep/train.ts';

/** `none` where weights do not decay, so that their nodes are left out. */
export function decayOf(config: OptimizerConfig): DecayKind | 'none' {
  if (config.weightDecay === 0) return 'none';
  return config.decay ?? (config.type === 'adamw' ? 'decoupled' : 'coupled');
}

/** The scalar of coupled decay. */
export function coupledScalar(config: OptimizerConfig): Readonly<Record<string, number>> {
  return decayOf(config) === 'coupled' ? { weight_decay: config.weightDecay } : {};
}

/** The scalar of decoupled decay: w (1 - lr weight_decay) is what a step adds its update to, as in AdamW. */
export function keepScalar(config: OptimizerConfig, lr: number): Readonly<Record<string, number>> {
  return decayOf(config) === 'decoupled' ? { [KEEP]: 1 - lr * config.weightDecay } : {};
}

const KEEP = 'keep';

export const shrinkScalar = (config: OptimizerConfig): string | null => (decayOf(config) === 'decoupled' ? KEEP : null);

/** For the key of the structure. */
export const decayVariant = (config: OptimizerConfig): string => {
  const kind = decayOf(config);
  return kind === 'none' ? '' : ` ${kind} decay`;
};

/** An epsilon below this is taken for zero: then 0 / (0 + eps) may be NaN, and weights without gradient do not rest. */
const LEAST_EPSILON = 1e-30;

export const dividesSafely = (config: OptimizerConfig & { readonly eps: number }): boolean =>
  config.eps >= LEAST_EPSILON;
