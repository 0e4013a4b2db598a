import { createHash } from 'node:crypto';
import type { Examples } from '../engine/port.ts';

/** A data set as stored: training rows, the test rows that came with it, and what identifies its contents. */
export interface RawDataSet {
  readonly name: string;
  readonly train: Examples;
  readonly test: Examples | null;
  readonly classes: readonly string[];
  /** SHA-256 (hex) over classes, shapes, features and labels of all rows; a split does not change it. */
  readonly hash: string;
}

/** A data set as one trial sees it: the training rows split as its sweep file asks. */
export interface DataSet extends RawDataSet {
  /** Null where no validation part was asked for. */
  readonly validation: Examples | null;
}

/** The identity of a data set's contents: the same rows give the same hash on every machine, whatever files held them. */
export function hashContents(train: Examples, test: Examples | null, classes: readonly string[]): string {
  const hash = createHash('sha256');
  hash.update(JSON.stringify(classes));
  for (const part of test === null ? [train] : [train, test]) {
    const type = part.features instanceof Uint8Array ? 'uint8' : 'float32';
    hash.update(JSON.stringify([type, part.rows, part.shape]));
    hash.update(bytesOf(part.features));
    hash.update(bytesOf(part.labels));
  }
  return hash.digest('hex');
}

function bytesOf(values: Uint8Array | Float32Array | Int32Array): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}

/** Values in one row. */
export function rowLength(examples: Examples): number {
  return examples.shape.reduce((product, length) => product * length, 1);
}

/** The rows at `indices`, copied in that order. */
export function takeRows(examples: Examples, indices: Int32Array): Examples {
  const length = rowLength(examples);
  const features =
    examples.features instanceof Uint8Array
      ? new Uint8Array(indices.length * length)
      : new Float32Array(indices.length * length);
  const labels = new Int32Array(indices.length);
  for (let row = 0; row < indices.length; row++) {
    const from = indices[row]!;
    features.set(examples.features.subarray(from * length, (from + 1) * length), row * length);
    labels[row] = examples.labels[from]!;
  }
  return { features, shape: examples.shape, labels, rows: indices.length };
}

/** The first `rows` rows (all where there are fewer), without a copy. */
export function firstRows(examples: Examples, rows: number): Examples {
  if (rows >= examples.rows) return examples;
  return {
    features: examples.features.subarray(0, rows * rowLength(examples)),
    shape: examples.shape,
    labels: examples.labels.subarray(0, rows),
    rows,
  };
}
