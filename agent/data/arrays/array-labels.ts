/** What arrays of labels say: classes, or numbers to predict. */
import { SowerError } from '../../../shared/kernel/errors.ts';
import type { Examples } from '../../engine/port.ts';

export interface LabelArray {
  /** For messages. */
  readonly where: string;
  readonly values: Float64Array;
  readonly rows: number;
}

export interface Labels {
  /** Null where numbers are to be predicted. */
  readonly classes: readonly string[] | null;
  /** In the order of the parts. */
  readonly labels: readonly Examples['labels'][];
}

/** More are no classes but numbers that happen to be whole. */
const MOST_CLASSES = 10_000;

/** Every value is a number to predict; several of a row stand beside each other. Throws E_DATA_LABEL. */
export function numberLabels(parts: readonly LabelArray[]): Labels {
  const labels = parts.map(({ where, values, rows }) => {
    const strange = values.findIndex((value) => !Number.isFinite(Math.fround(value)));
    if (strange < 0) return Float32Array.from(values);
    const row = Math.floor(strange / (values.length / rows));
    throw wrong(where, `row ${row} (counted from 0) is to be predicted as ${values[strange]}`, 'give it a number');
  });
  return { classes: null, labels };
}

/**
 * One class per row. Without `known` class names, the different values of all parts are the classes, in ascending order.
 * Throws E_DATA_LABEL for what is no class, and where all training rows (the first part) are of one.
 */
export function classLabels(parts: readonly LabelArray[], known: readonly string[] | null): Labels {
  for (const part of parts) checkClasses(part, known?.length ?? Number.POSITIVE_INFINITY);
  const [train] = parts as readonly [LabelArray];
  if (train.values.every((value) => value === train.values[0])) {
    throw wrong(
      train.where,
      `${train.rows === 1 ? 'the one training row has' : `all ${train.rows} training rows have`} label ${train.values[0]}`,
      'give rows of at least two classes: there is nothing to tell apart',
    );
  }
  if (known !== null) return { classes: known, labels: parts.map(({ values }) => Int32Array.from(values)) };
  const different = [...new Set(parts.flatMap(({ values }) => [...new Set(values)]))].sort((a, b) => a - b);
  if (different.length > MOST_CLASSES) {
    throw wrong(train.where, `there are ${different.length} different labels`, 'say predict: numbers');
  }
  const indices = new Map(different.map((value, index) => [value, index]));
  const labels = parts.map(({ values }) => Int32Array.from(values, (value) => indices.get(value)!));
  return { classes: different.map(String), labels };
}

function checkClasses({ where, values, rows }: LabelArray, count: number): void {
  if (values.length !== rows) {
    throw wrong(where, `${values.length / rows} labels for each row, expected one`, 'say predict: numbers');
  }
  const row = values.findIndex(
    (value) => !Number.isInteger(value) || (count < Number.POSITIVE_INFINITY && value < 0) || value >= count,
  );
  if (row < 0) return;
  const whole = Number.isInteger(values[row]);
  throw wrong(
    where,
    `label ${values[row]} of row ${row} (counted from 0) is ${whole ? `none of 0 to ${count - 1}` : 'no whole number'}`,
    whole ? 'replace it by labels of this data set' : 'number the classes, or say predict: numbers',
  );
}

function wrong(where: string, message: string, fix: string): SowerError {
  return new SowerError('E_DATA_LABEL', message, { where, fix });
}
