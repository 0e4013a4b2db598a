import { z } from 'zod';
import { SWEEP_LIMITS } from './limits.ts';
import { section } from './shape.ts';
import type { LayerConfig, TrainerConfig } from './train.ts';

/** Data sets that can be named in a sweep file, with what a sweep can be checked against before it runs. */
export const DATA_SETS = {
  digits: { classes: 10, trainingRows: 10_000 },
  mnist: { classes: 10, trainingRows: 60_000 },
} as const;

export type DataSetName = keyof typeof DATA_SETS;

const dataSetName = z.enum(Object.keys(DATA_SETS) as [DataSetName, ...DataSetName[]]);
const activation = z.enum(['relu', 'sigmoid', 'tanh']);
const positiveInteger = (limit: number) => z.int().min(1).max(limit);

const rowsOrShare = z.number().gt(0).describe('A number of rows, or, below 1, a share of the training rows.');

const dataSection = section({
  name: dataSetName.describe('A built-in data set.'),
  split: section({ train: rowsOrShare.optional(), validation: rowsOrShare.optional() })
    .optional()
    .describe('Which training rows to train on and which to validate on; rows in neither are left out.'),
  scale: z.enum(['unit', 'none']).optional().describe('Pixels divided by 255 inside the model (unit), or as they are.'),
});

const layer = z.union([
  z.enum(['flatten', 'relu', 'sigmoid', 'tanh']),
  section({
    dense: section({
      units: positiveInteger(SWEEP_LIMITS.units),
      activation: activation.optional(),
      bias: z.boolean().optional(),
    }),
  }),
  section({ dropout: section({ rate: z.number().min(0).lt(1) }) }),
]);

/** The built-in trainer's section, with every reference filled in. */
export const builtinTrain = section({
  data: z.union([dataSetName, dataSection]).describe('The data set, by name or with its split.'),
  model: z.array(layer).min(1).max(SWEEP_LIMITS.layers).describe('Layers from input to logits.'),
  loss: z.enum(['cross_entropy']),
  optimizer: section({
    sgd: section({
      lr: z.number().gt(0),
      momentum: z.number().min(0).lt(1).optional(),
      nesterov: z.boolean().optional(),
      weight_decay: z.number().min(0).optional(),
    }),
  }),
  batch_size: positiveInteger(SWEEP_LIMITS.batchSize),
  epochs: positiveInteger(SWEEP_LIMITS.epochs),
});

/** A trainer that only waits: to measure Sower itself, or to rehearse a cluster. */
export const noopTrain = section({
  noop: section({ seconds: z.number().min(0).max(SWEEP_LIMITS.noopSeconds) }),
});

/** True where the section names the trainer that only waits. */
export function isNoop(train: unknown): boolean {
  return train !== null && typeof train === 'object' && Object.hasOwn(train, 'noop');
}

export function noopConfig(written: z.output<typeof noopTrain>): TrainerConfig {
  return { kind: 'noop', seconds: written.noop.seconds };
}

/** Fills in every default, so that trainers find each field. */
export function builtinConfig(written: z.output<typeof builtinTrain>): TrainerConfig & { readonly kind: 'builtin' } {
  const data = typeof written.data === 'string' ? { name: written.data } : written.data;
  const { sgd } = written.optimizer;
  return {
    kind: 'builtin',
    data: { name: data.name, split: withoutUndefined(data.split ?? {}), scale: data.scale ?? 'unit' },
    model: written.model.map(layerConfig),
    loss: { type: written.loss },
    optimizer: {
      type: 'sgd',
      lr: sgd.lr,
      momentum: sgd.momentum ?? 0,
      nesterov: sgd.nesterov ?? false,
      weightDecay: sgd.weight_decay ?? 0,
    },
    batchSize: written.batch_size,
    epochs: written.epochs,
  };
}

function layerConfig(written: z.output<typeof layer>): LayerConfig {
  if (typeof written === 'string') return { type: written };
  if ('dropout' in written) return { type: 'dropout', rate: written.dropout.rate };
  const { units, activation: after, bias } = written.dense;
  return {
    type: 'dense',
    units,
    ...(after === undefined ? {} : { activation: after }),
    ...(bias === undefined ? {} : { bias }),
  };
}

function withoutUndefined(split: { train?: number | undefined; validation?: number | undefined }) {
  return {
    ...(split.train === undefined ? {} : { train: split.train }),
    ...(split.validation === undefined ? {} : { validation: split.validation }),
  };
}
