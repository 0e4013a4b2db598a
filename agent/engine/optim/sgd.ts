/** SGD as `torch.optim.SGD` (dampening 0). */
import type { SgdConfig } from '../../../shared/sweep/train.ts';
import { coupledScalar, decayOf, decayVariant, keepScalar, shrinkScalar } from './decay.ts';
import type { OptimizerDef, Rates } from './optimizer.ts';
import { coupledDecay, momentumBuffer, scaledBy, type Transform } from './transform.ts';

const VELOCITY = 'velocity';

/** u - lr * decay * w, where u = -lr * gradient. The factor is the same at every step of a fixed rate. */
const coupledDecayOfUpdate: Transform = {
  slots: [],
  apply: ({ b, scalar, parameter }, update) => {
    const factor = b.op('Mul', [b.op('Neg', [scalar('lr')]), scalar('weight_decay')]);
    return { update: b.op('Add', [update, b.op('Mul', [factor, parameter])]), slots: [] };
  },
};

/**
 * v' = momentum * v + u, and the update is v', or u + momentum * v' with nesterov. This v is -lr times PyTorch's buffer:
 * the two rules are one as long as lr stays the same, and where it changes v has to be multiplied by lr' / lr.
 */
function velocity(nesterov: boolean): Transform {
  return {
    slots: [{ name: VELOCITY, initial: 0 }],
    apply: ({ b, scalar }, update, slots) => {
      const next = b.op('Add', [update, b.op('Mul', [slots[0]!, scalar('momentum')])]);
      if (!nesterov) return { update: next, slots: [next] };
      const ahead = b.op('Add', [update, b.op('Mul', [next, scalar('momentum')])]);
      return { update: ahead, slots: [next] };
    },
  };
}

/** Whether updates are u = -lr * gradient from the first node on: not where the buffer must outlive changes of the rate. */
const startsFromUpdate = (config: SgdConfig, rates: Rates): boolean => rates === 'fixed' || config.momentum === 0;

export const sgd: OptimizerDef<SgdConfig> = {
  hyper: (config, rates) => ({
    ...(rates === 'fixed' ? { lr: config.lr } : {}),
    ...(config.momentum === 0 ? {} : { momentum: config.momentum }),
    ...coupledScalar(config),
    ...(rates === 'fixed' ? keepScalar(config, config.lr) : {}),
  }),

  moving: (config, rates, { lr }) => {
    if (rates === 'fixed') return {};
    return { ...(startsFromUpdate(config, rates) ? { lr } : { rate: -lr }), ...keepScalar(config, lr) };
  },

  variant: (config) => {
    const inertia = config.momentum === 0 ? 'plain' : config.nesterov ? 'nesterov' : 'momentum';
    return `sgd ${inertia}${decayVariant(config)}`;
  },

  seed: (b, scalar, config, rates) => (startsFromUpdate(config, rates) ? b.op('Neg', [scalar('lr')]) : null),

  chain: (config, rates) => {
    const decays = decayOf(config) === 'coupled';
    if (startsFromUpdate(config, rates)) {
      return [...(decays ? [coupledDecayOfUpdate] : []), ...(config.momentum === 0 ? [] : [velocity(config.nesterov)])];
    }
    return [...(decays ? [coupledDecay] : []), momentumBuffer(config.nesterov), scaledBy('rate')];
  },

  shrink: shrinkScalar,
  proportional: (config, rates) => (rates === 'fixed' && config.momentum !== 0 ? [VELOCITY] : []),
  restsAtZero: (config) => config.weightDecay === 0,
};
