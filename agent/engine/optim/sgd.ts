/** SGD as `torch.optim.SGD` (dampening 0). */
import type { SgdConfig } from '../../../shared/sweep/train.ts';
import { coupledScalar, decayOf, decayVariant, keepScalar, shrinkScalar } from './decay.ts';
import type { OptimizerDef } from './optimizer.ts';
import { coupledDecay, coupledDecayOfUpdate, momentumBuffer, scaledBy, type Transform } from './transform.ts';

/** Below, a trip of eight steps would shrink the scale of a buffer by more than float32 has room for. */
const LEAST_SCALED_MOMENTUM = 2 ** -7;

type Inertia = 'plain' | 'momentum' | 'unscaled momentum';

function inertiaOf({ momentum }: SgdConfig): Inertia {
  if (momentum === 0) return 'plain';
  return momentum >= LEAST_SCALED_MOMENTUM && momentum < 1 ? 'momentum' : 'unscaled momentum';
}

/**
 * PyTorch's buffer b' = momentum * b + g and w' = w - lr * b' without a pass over b for the momentum: the slot holds
 * B = b / s with s' = momentum * s, so that B' = B + g / s' and w' = w - lr s' B'. `g / s'` is what the gradient arrives as.
 * With nesterov, w' = w - lr s' (g / s' + momentum * B').
 */
function scaledBuffer(nesterov: boolean): Transform {
  return {
    slots: [{ name: 'scaled_momentum_buffer', initial: 0 }],
    apply: ({ b, scalar }, update, slots) => {
      const buffer = b.op('Add', [update, slots[0]!]);
      const step = nesterov ? b.op('Add', [update, b.op('Mul', [buffer, scalar('momentum')])]) : buffer;
      return { update: b.op('Mul', [step, scalar('drop')]), slots: [buffer] };
    },
  };
}

/** Name of the scalar that gradients arrive multiplied by; null where they arrive as they are. */
function seedOf(config: SgdConfig): 'negative_lr' | 'gain' | null {
  const inertia = inertiaOf(config);
  if (inertia === 'unscaled momentum') return null;
  return inertia === 'momentum' ? 'gain' : 'negative_lr';
}

export const sgd: OptimizerDef<SgdConfig> = {
  hyper: (config, rates) => {
    const inertia = inertiaOf(config);
    const isPlain = inertia === 'plain';
    return {
      ...(isPlain && rates === 'fixed' ? { negative_lr: -config.lr, ...keepScalar(config, config.lr) } : {}),
      ...(inertia === 'unscaled momentum' || (!isPlain && config.nesterov) ? { momentum: config.momentum } : {}),
      ...coupledScalar(config),
    };
  },

  moving: (config, rates, { lr, scale }) => {
    switch (inertiaOf(config)) {
      case 'plain':
        return rates === 'fixed' ? {} : { negative_lr: -lr, ...keepScalar(config, lr) };
      case 'momentum':
        return { gain: 1 / scale, drop: -lr * scale, ...keepScalar(config, lr) };
      case 'unscaled momentum':
        return { rate: -lr, ...keepScalar(config, lr) };
    }
  },

  variant: (config) => {
    const inertia = inertiaOf(config);
    const ahead = inertia !== 'plain' && config.nesterov ? ', nesterov' : '';
    return `sgd ${inertia}${ahead}${decayVariant(config)}`;
  },

  seed: (scalar, config) => {
    const name = seedOf(config);
    return name === null ? null : scalar(name);
  },

  chain: (config) => {
    const seed = seedOf(config);
    const decay = seed === null ? coupledDecay : coupledDecayOfUpdate(seed);
    const inertia = inertiaOf(config);
    return [
      ...(decayOf(config) === 'coupled' ? [decay] : []),
      ...(inertia === 'momentum' ? [scaledBuffer(config.nesterov)] : []),
      ...(inertia === 'unscaled momentum' ? [momentumBuffer(config.nesterov), scaledBy('rate')] : []),
    ];
  },

  shrink: shrinkScalar,
  slotDecay: (config) => (inertiaOf(config) === 'momentum' ? config.momentum : 1),
  restsAtZero: (config) => config.weightDecay === 0,
};
