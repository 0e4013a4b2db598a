/**
 * Adam as `torch.optim.Adam` and, with decoupled decay, `torch.optim.AdamW` (no amsgrad):
 * w -= lr m^ / (sqrt(v^) + eps) with m^ = m / (1 - beta1^t), v^ = v / (1 - beta2^t).
 */
import type { AdamConfig } from '../../../shared/sweep/train.ts';
import { coupledScalar, decayOf, decayVariant, dividesSafely, keepScalar, shrinkScalar } from './decay.ts';
import type { OptimizerDef } from './optimizer.ts';
import { coupledDecay, type Transform } from './transform.ts';

/**
 * The slots are decaying sums, M = m / (1 - beta1) and V = v / (1 - beta2), so that gradients enter them as they are. What
 * remains of the corrections are two scalars a step: with r = sqrt((1 - beta2^t) / (1 - beta2)) the update is
 * -lr r (1 - beta1) / (1 - beta1^t) * M / (sqrt(V) + eps r), which is PyTorch's, term by term.
 */
const moments: Transform = {
  slots: [
    { name: 'gradient_sum', initial: 0 },
    { name: 'square_sum', initial: 0 },
  ],
  apply: ({ b, scalar }, gradient, slots) => {
    const squares = b.op('Mul', [gradient, gradient]);
    const sum = b.op('Add', [gradient, b.op('Mul', [slots[0]!, scalar('beta1')])]);
    const squareSum = b.op('Add', [squares, b.op('Mul', [slots[1]!, scalar('beta2')])]);
    const spread = b.op('Add', [b.op('Sqrt', [squareSum]), scalar('eps')]);
    const update = b.op('Mul', [b.op('Div', [sum, spread]), scalar('rate')]);
    return { update, slots: [sum, squareSum] };
  },
};

export const adam: OptimizerDef<AdamConfig> = {
  hyper: (config) => ({ beta1: config.beta1, beta2: config.beta2, ...coupledScalar(config) }),

  moving: (config, _, { lr, count }) => {
    const { beta1, beta2, eps } = config;
    const r = Math.sqrt((1 - beta2 ** count) / (1 - beta2));
    return {
      rate: (-lr * r * (1 - beta1)) / (1 - beta1 ** count),
      eps: eps * r,
      ...keepScalar(config, lr),
    };
  },

  variant: (config) => `adam${decayVariant(config)}${dividesSafely(config) ? '' : ' without eps'}`,
  seed: () => null,
  chain: (config) => [...(decayOf(config) === 'coupled' ? [coupledDecay] : []), moments],
  shrink: shrinkScalar,
  slotDecay: () => 1,
  restsAtZero: (config) => config.weightDecay === 0 && dividesSafely(config),
};
