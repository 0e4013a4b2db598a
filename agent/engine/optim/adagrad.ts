/** Adagrad as `torch.optim.Adagrad`: w -= lr / (1 + (t - 1) lr_decay) * g / (sqrt(sum of g^2) + eps). */
import type { AdagradConfig } from '../../../shared/sweep/train.ts';
import { coupledScalar, decayOf, decayVariant, dividesSafely, keepScalar, shrinkScalar } from './decay.ts';
import type { OptimizerDef } from './optimizer.ts';
import { coupledDecay, scaledBy, type Transform } from './transform.ts';

function byRootOfSum(initial: number): Transform {
  return {
    slots: [{ name: 'sum', initial }],
    apply: ({ b, scalar }, gradient, slots) => {
      const sum = b.op('Add', [slots[0]!, b.op('Mul', [gradient, gradient])]);
      const spread = b.op('Add', [b.op('Sqrt', [sum]), scalar('eps')]);
      return { update: b.op('Div', [gradient, spread]), slots: [sum] };
    },
  };
}

export const adagrad: OptimizerDef<AdagradConfig> = {
  hyper: (config) => ({ eps: config.eps, ...coupledScalar(config) }),

  moving: (config, _, { lr, count }) => ({
    rate: -lr / (1 + (count - 1) * config.lrDecay),
    ...keepScalar(config, lr),
  }),

  variant: (config) => `adagrad${decayVariant(config)}${dividesSafely(config) ? '' : ' without eps'}`,
  seed: () => null,

  chain: (config) => [
    ...(decayOf(config) === 'coupled' ? [coupledDecay] : []),
    byRootOfSum(config.initialAccumulatorValue),
    scaledBy('rate'),
  ],

  shrink: shrinkScalar,
  slotDecay: () => 1,
  restsAtZero: (config) => config.weightDecay === 0 && dividesSafely(config),
};
