/** RMSprop as `torch.optim.RMSprop`: eps outside the root. */
import type { RmspropConfig } from '../../../shared/sweep/train.ts';
import { coupledScalar, decayOf, decayVariant, dividesSafely, keepScalar, shrinkScalar } from './decay.ts';
import type { OptimizerDef } from './optimizer.ts';
import { coupledDecay, momentumBuffer, scaledBy, type Transform } from './transform.ts';

/**
 * g / (sqrt(S) + eps / c) with the decaying sum S = square_avg / (1 - alpha) and c = sqrt(1 - alpha): c times PyTorch's
 * g / (sqrt(square_avg) + eps), which the rate at the end makes up for. Centered, G = grad_avg / (1 - alpha) and
 * square_avg - grad_avg^2 = c^2 (S - c^2 G^2).
 */
function byRootMeanSquare(centered: boolean): Transform {
  const square = { name: 'square_sum', initial: 0 };
  return {
    slots: centered ? [square, { name: 'gradient_sum', initial: 0 }] : [square],
    apply: ({ b, scalar }, gradient, slots) => {
      const decayed = slots.map((slot) => b.op('Mul', [slot, scalar('alpha')]));
      const squareSum = b.op('Add', [b.op('Mul', [gradient, gradient]), decayed[0]!]);
      const next = [squareSum];
      let variance = squareSum;
      if (centered) {
        const sum = b.op('Add', [gradient, decayed[1]!]);
        const squaredMean = b.op('Mul', [b.op('Mul', [sum, sum]), scalar('share')]);
        variance = b.op('Sub', [squareSum, squaredMean]);
        next.push(sum);
      }
      const spread = b.op('Add', [b.op('Sqrt', [variance]), scalar('eps')]);
      return { update: b.op('Div', [gradient, spread]), slots: next };
    },
  };
}

const share = ({ alpha }: RmspropConfig): number => 1 - alpha;

export const rmsprop: OptimizerDef<RmspropConfig> = {
  hyper: (config, rates) => ({
    alpha: config.alpha,
    eps: config.eps / Math.sqrt(share(config)),
    ...(config.centered ? { share: share(config) } : {}),
    ...(config.momentum === 0 ? {} : { momentum: config.momentum }),
    ...coupledScalar(config),
    ...(rates === 'fixed' ? lrScalars(config, config.lr) : {}),
  }),

  moving: (config, rates, { lr }) => (rates === 'fixed' ? {} : lrScalars(config, lr)),

  variant: (config) => {
    const parts = [config.centered ? ' centered' : '', config.momentum === 0 ? '' : ' momentum', decayVariant(config)];
    return `rmsprop${parts.join('')}${dividesSafely(config) ? '' : ' without eps'}`;
  },

  seed: () => null,

  chain: (config) => [
    ...(decayOf(config) === 'coupled' ? [coupledDecay] : []),
    byRootMeanSquare(config.centered),
    ...(config.momentum === 0 ? [] : [momentumBuffer(false)]),
    scaledBy('rate'),
  ],

  shrink: shrinkScalar,
  slotDecay: () => 1,
  restsAtZero: (config) => config.weightDecay === 0 && dividesSafely(config),
};

function lrScalars(config: RmspropConfig, lr: number): Readonly<Record<string, number>> {
  return { rate: -lr / Math.sqrt(share(config)), ...keepScalar(config, lr) };
}
