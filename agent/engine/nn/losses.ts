/** Losses, by the word the sweep file uses: PyTorch's definitions, each with its gradient as one rule. */
import type { LossConfig } from '../../../shared/sweep/train.ts';
import { bceWithLogits, crossEntropy, nll } from './losses/class-losses.ts';
import type { LossDef } from './losses/loss.ts';
import { huber, mae, mse } from './losses/number-losses.ts';

type LossTable = {
  readonly [T in LossConfig['type']]: (config: Extract<LossConfig, { readonly type: T }>) => LossDef;
};

export const losses: LossTable = {
  cross_entropy: crossEntropy,
  nll,
  bce_with_logits: bceWithLogits,
  mse: () => mse,
  mae: () => mae,
  huber,
};

/** The definition that goes with a configuration; the table's type guarantees that the two fit. */
export function lossDef(config: LossConfig): LossDef {
  return (losses[config.type] as (config: LossConfig) => LossDef)(config);
}
