/** The learning rate over time, and when training stops. */
import { z } from 'zod';
import { SWEEP_LIMITS } from '../limits.ts';
import { section } from '../shape.ts';
import type { EarlyStoppingConfig, ScheduleConfig, WarmupConfig } from '../train.ts';
import { positiveInteger } from './values.ts';

const factor = z.number().gt(0);
const epochCount = positiveInteger(SWEEP_LIMITS.epochs);
const pause = z.int().min(0).max(SWEEP_LIMITS.epochs).optional();
const metric = z.string().min(1).optional().describe('A metric of every epoch. Default val_loss.');
/** Stands for leaving the section out, so that a parameter can do so. */
const none = 'none';

export const schedule = z.union([
  z.enum([none, 'cosine', 'one_cycle', 'reduce_on_plateau']),
  section({ step: section({ step_size: epochCount, gamma: factor.optional().describe('Default 0.1.') }) }),
  section({ exponential: section({ gamma: factor }) }),
  section({ cosine: section({ t_max: epochCount.optional(), eta_min: z.number().min(0).optional() }) }),
  section({
    one_cycle: section({
      max_lr: factor.optional().describe("Default: the optimizer's lr."),
      pct_start: z.number().min(0).max(1).optional().describe('Default 0.3.'),
      div_factor: factor.optional().describe('Default 25.'),
      final_div_factor: factor.optional().describe('Default 1e4.'),
      anneal: z.enum(['cos', 'linear']).optional(),
    }),
  }),
  section({
    reduce_on_plateau: section({
      metric,
      factor: z.number().gt(0).lt(1).optional().describe('Default 0.1.'),
      patience: pause.describe('Default 10.'),
      threshold: z.number().min(0).optional().describe('Default 1e-4, relative.'),
      cooldown: pause,
      min_lr: z.number().min(0).optional(),
    }),
  }),
]);

const startFactor = z.number().gt(0).max(1).optional().describe('Default 1/3.');

export const warmup = z.union([
  z.enum([none]),
  section({ epochs: epochCount, start_factor: startFactor }),
  section({ steps: positiveInteger(SWEEP_LIMITS.warmupSteps), start_factor: startFactor }),
]);

export const earlyStopping = z.union([
  z.enum([none]),
  section({
    metric,
    patience: epochCount.describe('Epochs without a better value before training stops.'),
    min_delta: z.number().min(0).optional().describe('Default 0.'),
    restore_best: z.boolean().optional().describe('Ends with the weights of the best epoch. Default true.'),
  }),
]);

export const DEFAULT_METRIC = 'val_loss';

interface Basis {
  readonly lr: number;
  readonly epochs: number;
}

/** Fills in the defaults of `torch.optim.lr_scheduler`; cosine ends with the training, one_cycle peaks at the lr. */
export function scheduleConfig(written: z.output<typeof schedule> | undefined, basis: Basis): ScheduleConfig | null {
  if (written === undefined || written === none) return null;
  if (typeof written === 'string') {
    return scheduleConfig({ [written]: {} } as Exclude<z.output<typeof schedule>, string>, basis);
  }
  if ('step' in written) return { type: 'step', stepSize: written.step.step_size, gamma: written.step.gamma ?? 0.1 };
  if ('exponential' in written) return { type: 'exponential', gamma: written.exponential.gamma };
  if ('cosine' in written) {
    return { type: 'cosine', tMax: written.cosine.t_max ?? basis.epochs, etaMin: written.cosine.eta_min ?? 0 };
  }
  if ('one_cycle' in written) {
    const cycle = written.one_cycle;
    return {
      type: 'one_cycle',
      maxLr: cycle.max_lr ?? basis.lr,
      pctStart: cycle.pct_start ?? 0.3,
      divFactor: cycle.div_factor ?? 25,
      finalDivFactor: cycle.final_div_factor ?? 1e4,
      anneal: cycle.anneal ?? 'cos',
    };
  }
  const plateau = written.reduce_on_plateau;
  return {
    type: 'reduce_on_plateau',
    metric: plateau.metric ?? DEFAULT_METRIC,
    factor: plateau.factor ?? 0.1,
    patience: plateau.patience ?? 10,
    threshold: plateau.threshold ?? 1e-4,
    cooldown: plateau.cooldown ?? 0,
    minLr: plateau.min_lr ?? 0,
  };
}

/** `torch.optim.lr_scheduler.LinearLR` up to the full rate. */
export function warmupConfig(written: z.output<typeof warmup> | undefined): WarmupConfig | null {
  if (written === undefined || written === none) return null;
  const start = { startFactor: written.start_factor ?? 1 / 3 };
  if ('steps' in written) return { unit: 'steps', length: written.steps, ...start };
  return { unit: 'epochs', length: written.epochs, ...start };
}

/** Unless told otherwise, a trial that stops early ends with its best weights, by this metric or that of best_weights. */
export function earlyStoppingConfig(
  written: z.output<typeof earlyStopping> | undefined,
  bestWeights: string | null,
): EarlyStoppingConfig | null {
  if (written === undefined || written === none) return null;
  const name = written.metric ?? DEFAULT_METRIC;
  return {
    metric: name,
    patience: written.patience,
    minDelta: written.min_delta ?? 0,
    restoreBest: written.restore_best ?? (bestWeights === null || bestWeights === name),
  };
}
