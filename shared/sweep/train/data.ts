import { z } from 'zod';
import { section } from '../shape.ts';
import type { DataConfig } from '../train.ts';
import { present } from './values.ts';

/** What a sweep can be checked against before its data is at hand. */
export interface KnownData {
  /** Null where numbers are predicted. */
  readonly classes: number | null;
  /** Null where only the data says how many. */
  readonly trainingRows: number | null;
  /** Of one example. */
  readonly inputShape: readonly number[];
}

/** Data sets that can be named in a sweep file. */
export const DATA_SETS = {
  digits: { classes: 10, trainingRows: 10_000, inputShape: [28, 28] },
  mnist: { classes: 10, trainingRows: 60_000, inputShape: [28, 28] },
  fashion_mnist: { classes: 10, trainingRows: 60_000, inputShape: [28, 28] },
  two_digit_sum: { classes: 19, trainingRows: 10_000, inputShape: [28, 56] },
  mnist_two_digit_sum: { classes: 19, trainingRows: 60_000, inputShape: [28, 56] },
} as const satisfies Readonly<Record<string, KnownData>>;

export type DataSetName = keyof typeof DATA_SETS;

/** Of a data set that passed the schema. */
export function knownData({ name, classes }: Pick<DataConfig, 'name' | 'classes'>): KnownData {
  const whole = DATA_SETS[name as DataSetName];
  return classes === undefined ? whole : { ...whole, classes: classes.length, trainingRows: null };
}

const dataSetName = z.enum(Object.keys(DATA_SETS) as [DataSetName, ...DataSetName[]]);
const rowsOrShare = z.number().gt(0).describe('A number of rows, or, below 1, a share of the training rows.');

const dataSection = section({
  name: dataSetName.describe('A data set that Sower draws or downloads.'),
  classes: z
    .array(z.int().min(0))
    .min(2)
    .optional()
    .describe('Use rows of these classes only, counted from 0; they are numbered anew in this order.'),
  split: section({
    train: rowsOrShare.optional(),
    validation: rowsOrShare.optional(),
    stratified: z.boolean().optional().describe('Each part holds the classes in the shares of the whole.'),
  })
    .optional()
    .describe('Which training rows to train on and which to validate on; rows in neither are left out.'),
  scale: z.enum(['unit', 'none']).optional().describe('Pixels divided by 255 inside the model (unit), or as they are.'),
});

/** A data set, by name or with its split. */
export const data = z.union([dataSetName, dataSection]);

export function dataConfig(written: z.output<typeof data>): DataConfig {
  if (typeof written === 'string') return { name: written, split: {}, scale: 'unit' };
  const { name, classes, split = {}, scale = 'unit' } = written;
  return { name, ...present({ classes }), split: present(split), scale };
}
