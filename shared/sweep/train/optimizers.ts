import { z } from 'zod';
import { section } from '../shape.ts';
import type { AdamConfig, OptimizerConfig } from '../train.ts';
import { present } from './values.ts';

const lr = z.number().gt(0).describe('Learning rate.');
const share = z.number().min(0).lt(1);
const decays = {
  weight_decay: z.number().min(0).optional(),
  decay: z
    .enum(['coupled', 'decoupled'])
    .optional()
    .describe('Whether weight decay is part of the gradient (coupled) or taken off the weight (decoupled).'),
};
const eps = z.number().gt(0).optional();
const adam = section({ lr: lr.optional(), betas: z.array(share).length(2).optional(), eps, ...decays });
const rmsprop = section({
  lr: lr.optional(),
  alpha: share.optional().describe('Default 0.99.'),
  eps,
  momentum: share.optional(),
  centered: z.boolean().optional(),
  ...decays,
});
const adagrad = section({
  lr: lr.optional(),
  lr_decay: z.number().min(0).optional(),
  eps,
  initial_accumulator_value: z.number().min(0).optional(),
  ...decays,
});

/** An optimizer by its name, or with options; those that PyTorch gives no default must be written. */
export const optimizer = z.union([
  z.enum(['adam', 'adamw', 'rmsprop', 'adagrad']),
  section({ sgd: section({ lr, momentum: share.optional(), nesterov: z.boolean().optional(), ...decays }) }),
  section({ adam }),
  section({ adamw: adam }),
  section({ rmsprop }),
  section({ adagrad }),
]);

/** Fills in the defaults of `torch.optim`. */
export function optimizerConfig(written: z.output<typeof optimizer>): OptimizerConfig {
  if (typeof written === 'string') return optimizerConfig({ [written]: {} } as z.output<typeof optimizer>);
  if ('sgd' in written) {
    const { lr: rate, momentum = 0, nesterov = false, weight_decay: weightDecay = 0, decay } = written.sgd;
    return { type: 'sgd', lr: rate, momentum, nesterov, weightDecay, ...present({ decay }) };
  }
  if ('adam' in written) return adamConfig('adam', written.adam, 0);
  if ('adamw' in written) return adamConfig('adamw', written.adamw, 0.01);
  if ('rmsprop' in written) {
    const { weight_decay: weightDecay = 0, decay, ...options } = written.rmsprop;
    const defaults = { lr: 0.01, alpha: 0.99, eps: 1e-8, momentum: 0, centered: false };
    return { type: 'rmsprop', ...defaults, ...present(options), weightDecay, ...present({ decay }) };
  }
  const {
    lr_decay: lrDecay,
    initial_accumulator_value: initial,
    weight_decay: weightDecay,
    ...options
  } = written.adagrad;
  return {
    type: 'adagrad',
    lr: options.lr ?? 0.01,
    lrDecay: lrDecay ?? 0,
    eps: options.eps ?? 1e-10,
    initialAccumulatorValue: initial ?? 0,
    weightDecay: weightDecay ?? 0,
    ...present({ decay: options.decay }),
  };
}

function adamConfig(type: AdamConfig['type'], written: z.output<typeof adam>, plainDecay: number): AdamConfig {
  const { lr: rate, betas, eps: small, weight_decay: weightDecay = plainDecay, decay } = written;
  const [beta1 = 0.9, beta2 = 0.999] = betas ?? [];
  return { type, lr: rate ?? 0.001, beta1, beta2, eps: small ?? 1e-8, weightDecay, ...present({ decay }) };
}
