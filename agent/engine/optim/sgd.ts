/** SGD as `torch.optim.SGD` (dampening 0), in terms of updates u = -lr * gradient. */
import type { SgdConfig } from '../../../shared/sweep/train.ts';
import type { OptimizerDef } from './optimizer.ts';
import type { Transform } from './transform.ts';

/** u - lr * decay * w: the L2 penalty's gradient, coupled as in PyTorch. The factor is the same at every step. */
const coupledDecay: Transform = {
  slots: [],
  apply: ({ b, hyper, parameter }, update) => {
    const factor = b.op('Mul', [b.op('Neg', [hyper('lr')]), hyper('weight_decay')]);
    return { update: b.op('Add', [update, b.op('Mul', [factor, parameter])]), slots: [] };
  },
};

/**
 * v' = momentum * v + u, and the update is v', or u + momentum * v' with nesterov. This v is -lr times PyTorch's buffer:
 * the two rules are one as long as lr stays the same, and where it changes v has to be multiplied by lr' / lr.
 */
function momentum(nesterov: boolean): Transform {
  return {
    slots: ['velocity'],
    apply: ({ b, hyper }, update, slots) => {
      const velocity = b.op('Add', [update, b.op('Mul', [slots[0]!, hyper('momentum')])]);
      if (!nesterov) return { update: velocity, slots: [velocity] };
      const ahead = b.op('Add', [update, b.op('Mul', [velocity, hyper('momentum')])]);
      return { update: ahead, slots: [velocity] };
    },
  };
}

export const sgd: OptimizerDef<SgdConfig> = {
  hyper: (config) => ({
    lr: config.lr,
    ...(config.momentum === 0 ? {} : { momentum: config.momentum }),
    ...(config.weightDecay === 0 ? {} : { weight_decay: config.weightDecay }),
  }),

  variant: (config) => {
    const inertia = config.momentum === 0 ? 'plain' : config.nesterov ? 'nesterov' : 'momentum';
    return `sgd ${inertia}${config.weightDecay === 0 ? '' : ' decay'}`;
  },

  seed: (b, hyper) => b.op('Neg', [hyper('lr')]),

  chain: (config) => [
    ...(config.weightDecay === 0 ? [] : [coupledDecay]),
    ...(config.momentum === 0 ? [] : [momentum(config.nesterov)]),
  ],
};
