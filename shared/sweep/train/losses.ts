import { z } from 'zod';
import { section } from '../shape.ts';
import type { LossConfig } from '../train.ts';
import { present } from './values.ts';

const classWeights = z.array(z.number().min(0)).min(1).optional().describe('One weight per class.');

/** A loss by its name, or with options. */
export const loss = z.union([
  z.enum(['cross_entropy', 'nll', 'bce_with_logits', 'mse', 'mae', 'huber']),
  section({
    cross_entropy: section({
      label_smoothing: z.number().min(0).max(1).optional().describe('Default 0.'),
      class_weights: classWeights,
    }),
  }),
  section({ nll: section({ class_weights: classWeights }) }),
  section({ bce_with_logits: section({ positive_weight: z.number().gt(0).optional() }) }),
  section({ huber: section({ delta: z.number().gt(0).optional().describe('Default 1.') }) }),
]);

export function lossConfig(written: z.output<typeof loss>): LossConfig {
  if (typeof written === 'string') return written === 'huber' ? { type: 'huber', delta: 1 } : { type: written };
  if ('cross_entropy' in written) {
    const { label_smoothing: labelSmoothing, class_weights: weights } = written.cross_entropy;
    return { type: 'cross_entropy', ...present({ labelSmoothing, classWeights: weights }) };
  }
  if ('nll' in written) return { type: 'nll', ...present({ classWeights: written.nll.class_weights }) };
  if ('bce_with_logits' in written) {
    return { type: 'bce_with_logits', ...present({ positiveWeight: written.bce_with_logits.positive_weight }) };
  }
  return { type: 'huber', delta: written.huber.delta ?? 1 };
}
