import type { DataConfig } from '../train.ts';

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

/** Of a data set that passed the schema; null where only its file can tell. */
export function knownData({ name, file, classes }: Pick<DataConfig, 'name' | 'file' | 'classes'>): KnownData | null {
  if (file !== null) return null;
  const whole = DATA_SETS[name as DataSetName];
  return classes === undefined ? whole : { ...whole, classes: classes.length, trainingRows: null };
}
