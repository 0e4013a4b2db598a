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

/** The same of a data set by name; a table has no shape before its columns are encoded. */
interface NamedData extends Omit<KnownData, 'inputShape'> {
  readonly inputShape: readonly number[] | null;
}

/** Data sets that can be named in a sweep file. */
export const DATA_SETS = {
  digits: { classes: 10, trainingRows: 10_000, inputShape: [28, 28] },
  characters: { classes: 36, trainingRows: 1_440, inputShape: [3, 64, 64] },
  mnist: { classes: 10, trainingRows: 60_000, inputShape: [28, 28] },
  fashion_mnist: { classes: 10, trainingRows: 60_000, inputShape: [28, 28] },
  two_digit_sum: { classes: 19, trainingRows: 10_000, inputShape: [28, 56] },
  mnist_two_digit_sum: { classes: 19, trainingRows: 60_000, inputShape: [28, 56] },
  /** A table: what a model is given of it depends on the steps. */
  collisions_generated: { classes: 3, trainingRows: 8_000, inputShape: null },
} as const satisfies Readonly<Record<string, NamedData>>;

export type DataSetName = keyof typeof DATA_SETS;

/** Whether the rows have columns; of a file its format says so. */
export function isTable({ name, file }: Pick<DataConfig, 'name' | 'file'>): boolean {
  if (file !== null) return file.format === 'csv' || file.format === 'tsv';
  return DATA_SETS[name as DataSetName].inputShape === null;
}

/** Drawn at any size, in grey or colour. */
export const DRAWN_AT_ANY_SIZE: readonly string[] = ['characters'] satisfies readonly DataSetName[];

type Asked = Pick<DataConfig, 'name' | 'file' | 'classes' | 'size' | 'channels'>;

/** Of a data set that passed the schema; null where only its file can tell. */
export function knownData({ name, file, classes, size, channels }: Asked): KnownData | null {
  if (file !== null) return null;
  const whole: NamedData = DATA_SETS[name as DataSetName];
  if (whole.inputShape === null) return null;
  const inputShape = DRAWN_AT_ANY_SIZE.includes(name) ? drawnShape(whole.inputShape, size, channels) : whole.inputShape;
  if (classes === undefined) return { ...whole, inputShape };
  return { classes: classes.length, trainingRows: null, inputShape };
}

function drawnShape(whole: readonly number[], size: Asked['size'], channels: Asked['channels']): readonly number[] {
  const [height, width] = size ?? whole.slice(-2);
  return channels === 1 ? [height!, width!] : [3, height!, width!];
}
