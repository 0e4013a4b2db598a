import { z } from 'zod';
import { SWEEP_LIMITS } from './limits.ts';
import { section } from './shape.ts';
import { data, dataConfig } from './train/data.ts';
import { layer, layerConfig } from './train/layers.ts';
import { loss, lossConfig } from './train/losses.ts';
import { optimizer, optimizerConfig } from './train/optimizers.ts';
import {
  earlyStopping,
  earlyStoppingConfig,
  schedule,
  scheduleConfig,
  warmup,
  warmupConfig,
} from './train/schedules.ts';
import { positiveInteger } from './train/values.ts';
import type { NoopConfig, TrainConfig } from './train.ts';

/** Stands for leaving an option out, so that a parameter can do so. */
const none = 'none';

/** The built-in trainer's section, with every reference filled in. */
export const builtinTrain = section({
  data: data.describe('The data set, by name or with its split.'),
  model: z.array(layer).min(1).max(SWEEP_LIMITS.layers).describe('Layers from input to scores.'),
  loss: loss.describe('What is minimized.'),
  optimizer: optimizer.describe('As in torch.optim.'),
  batch_size: positiveInteger(SWEEP_LIMITS.batchSize),
  epochs: positiveInteger(SWEEP_LIMITS.epochs),
  engine: z.enum(['ort', 'tfjs']).optional().describe('What computes: onnxruntime (default) or TensorFlow.js.'),
  schedule: schedule.optional().describe('The learning rate over time, as in torch.optim.lr_scheduler.'),
  warmup: warmup.optional().describe('Raises the learning rate to its value over the first epochs or steps.'),
  early_stopping: earlyStopping.optional().describe('Stops where a metric gets no better.'),
  best_weights: z.string().min(1).optional().describe("The metric whose best epoch's weights are kept."),
  clip_grad_norm: z
    .union([z.number().gt(0), z.enum([none])])
    .optional()
    .describe('Largest norm of all gradients together.'),
  accumulate_batches: positiveInteger(SWEEP_LIMITS.batchSize)
    .optional()
    .describe('Batches whose gradients are averaged into one optimizer step. Default 1.'),
  artifacts: section({
    examples: z
      .int()
      .min(0)
      .max(SWEEP_LIMITS.shownExamples)
      .optional()
      .describe('Surest right and worst wrong rows in evaluation.json, of each so many. Default 8.'),
    checkpoint: z.boolean().optional().describe('Whether checkpoint.safetensors stays. Default true.'),
  })
    .optional()
    .describe('What a trial leaves behind.'),
});

/** A trainer that only waits: to measure Sower itself, or to rehearse a cluster. */
export const noopTrain = section({
  noop: section({ seconds: z.number().min(0).max(SWEEP_LIMITS.noopSeconds) }),
});

/** True where the section names the trainer that only waits. */
export function isNoop(train: unknown): boolean {
  return train !== null && typeof train === 'object' && Object.hasOwn(train, 'noop');
}

export function noopConfig(written: z.output<typeof noopTrain>): NoopConfig {
  return { kind: 'noop', seconds: written.noop.seconds };
}

/** Fills in every default, so that trainers find each field. */
export function builtinConfig(written: z.output<typeof builtinTrain>): TrainConfig {
  const trained = optimizerConfig(written.optimizer);
  const { best_weights: best = none, clip_grad_norm: clip = none, epochs } = written;
  const bestWeights = best === none ? null : best;
  return {
    kind: 'builtin',
    data: dataConfig(written.data),
    model: written.model.map(layerConfig),
    loss: lossConfig(written.loss),
    optimizer: trained,
    batchSize: written.batch_size,
    epochs,
    engine: written.engine ?? 'ort',
    schedule: scheduleConfig(written.schedule, { lr: trained.lr, epochs }),
    warmup: warmupConfig(written.warmup),
    earlyStopping: earlyStoppingConfig(written.early_stopping, bestWeights),
    bestWeights,
    clipGradNorm: clip === none ? null : clip,
    accumulateBatches: written.accumulate_batches ?? 1,
    artifacts: { examples: written.artifacts?.examples ?? 8, checkpoint: written.artifacts?.checkpoint ?? true },
  };
}
