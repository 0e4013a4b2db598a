import type { DataConfig } from './data-config.ts';

/** What a sweep can be checked against before its data is at hand. */
export interface KnownData {
  /** Null where numbers are predicted. */
  readonly classes: number | null;
  /** Whether the classes of a table are named by numbers, which may be meant as such; absent where they are not. */
  readonly numericClasses?: boolean;
  /** Numbers to predict for each row; absent for classes, and where only the data says how many. */
  readonly targets?: number;
  /** Null where only the data says how many. */
  readonly trainingRows: number | null;
  /** Of one example. */
  readonly inputShape: readonly number[];
  /** Whether rows for validation come with the data; absent where only the data says so. */
  readonly ownValidation?: boolean;
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
  emnist_two_digit_sum: { classes: 19, trainingRows: 240_000, inputShape: [28, 56] },
  pathmnist: { classes: 9, trainingRows: 89_996, inputShape: [3, 28, 28] },
  dermamnist: { classes: 7, trainingRows: 7_007, inputShape: [3, 28, 28] },
  octmnist: { classes: 4, trainingRows: 97_477, inputShape: [28, 28] },
  pneumoniamnist: { classes: 2, trainingRows: 4_708, inputShape: [28, 28] },
  retinamnist: { classes: 5, trainingRows: 1_080, inputShape: [3, 28, 28] },
  breastmnist: { classes: 2, trainingRows: 546, inputShape: [28, 28] },
  bloodmnist: { classes: 8, trainingRows: 11_959, inputShape: [3, 28, 28] },
  tissuemnist: { classes: 8, trainingRows: 165_466, inputShape: [28, 28] },
  organamnist: { classes: 11, trainingRows: 34_561, inputShape: [28, 28] },
  organcmnist: { classes: 11, trainingRows: 12_975, inputShape: [28, 28] },
  organsmnist: { classes: 11, trainingRows: 13_932, inputShape: [28, 28] },
  emnist_balanced: { classes: 47, trainingRows: 112_800, inputShape: [28, 28] },
  emnist_bymerge: { classes: 47, trainingRows: 697_932, inputShape: [28, 28] },
  emnist_byclass: { classes: 62, trainingRows: 697_932, inputShape: [28, 28] },
  /** Sources differ in how many rows train. */
  emnist_letters: { classes: 26, trainingRows: null, inputShape: [28, 28] },
  emnist_digits: { classes: 10, trainingRows: 240_000, inputShape: [28, 28] },
  emnist_mnist: { classes: 10, trainingRows: 60_000, inputShape: [28, 28] },
  /** A table: what a model is given of it depends on the steps. */
  collisions: { classes: 3, trainingRows: null, inputShape: null },
  collisions_generated: { classes: 3, trainingRows: 8_000, inputShape: null },
} as const satisfies Readonly<Record<string, NamedData>>;

export type DataSetName = keyof typeof DATA_SETS;

/** MedMNIST's come in three parts. */
const WITH_VALIDATION: readonly string[] = [
  ...(['pathmnist', 'dermamnist', 'octmnist', 'pneumoniamnist', 'retinamnist', 'breastmnist'] as const),
  ...(['bloodmnist', 'tissuemnist', 'organamnist', 'organcmnist', 'organsmnist'] as const),
] satisfies readonly DataSetName[];

/** Whether the rows have columns; of a file its format says so. */
export function isTable({ name, file }: Pick<DataConfig, 'name' | 'file'>): boolean {
  if (file !== null) return file.format === 'csv' || file.format === 'tsv';
  return DATA_SETS[name as DataSetName].inputShape === null;
}

/** Drawn at any size, in grey or colour. */
export const DRAWN_AT_ANY_SIZE: readonly string[] = ['characters'] satisfies readonly DataSetName[];

type Asked = Pick<DataConfig, 'name' | 'file' | 'classes' | 'size' | 'channels'>;

/** What is known of the data of a sweep that is being checked; null where nothing is. */
export type KnowData = (data: DataConfig) => KnownData | null;

/** Of a data set that passed the schema; null where only its rows can tell. */
export function knownData({ name, file, classes, size, channels }: Asked): KnownData | null {
  if (file !== null) return null;
  const whole: NamedData = DATA_SETS[name as DataSetName];
  if (whole.inputShape === null) return null;
  const inputShape = DRAWN_AT_ANY_SIZE.includes(name) ? drawnShape(whole.inputShape, size, channels) : whole.inputShape;
  const ownValidation = WITH_VALIDATION.includes(name);
  if (classes === undefined) return { ...whole, inputShape, ownValidation };
  return { classes: classes.length, trainingRows: null, inputShape, ownValidation };
}

function drawnShape(whole: readonly number[], size: Asked['size'], channels: Asked['channels']): readonly number[] {
  const [height, width] = size ?? whole.slice(-2);
  return channels === 1 ? [height!, width!] : [3, height!, width!];
}
