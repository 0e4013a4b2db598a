import { createHash, type Hash } from 'node:crypto';
import type { Examples, Preprocessing, StoredExamples } from '../engine/port.ts';
import type { Strays } from './table/table.ts';

/** Rows that stay on disk. Labels are a few bytes a row and lie in memory, as they are asked for all at once. */
export interface StoredRows extends StoredExamples {
  readonly labels: Examples['labels'];
  readonly inputType: 'uint8' | 'float32';
}

export type DataRows = Examples | StoredRows;

/** One column of a table's rows, as it was before any statistic. */
export interface FeatureColumn {
  readonly name: string;
  readonly type: 'number' | 'category';
  /** In the order of their codes in the rows; null of numbers. */
  readonly categories: readonly string[] | null;
  /** Cells that alone keep the column from being one of numbers. */
  readonly strays?: Strays | null;
}

/** A data set as stored: training rows, the test rows that came with it, and what identifies its contents. */
export interface RawDataSet<Rows extends DataRows = Examples> {
  readonly name: string;
  readonly train: Rows;
  readonly test: Rows | null;
  /** Rows that came with it for validation; they serve where the sweep file asks for no validation rows itself. */
  readonly validation?: Rows | null;
  /** Null where numbers are to be predicted. */
  readonly classes: readonly string[] | null;
  /** Of rows that were a table: what each feature is. */
  readonly columns?: readonly FeatureColumn[] | null;
  /** SHA-256 (hex) over classes, shapes, features and labels of all rows; a split does not change it. */
  readonly hash: string;
}

/** A data set as one trial sees it: the training rows split as its sweep file asks. */
export interface DataSet<Rows extends DataRows = DataRows> extends RawDataSet<Rows> {
  /** Null where no validation part was asked for and none came with the data. */
  readonly validation: Rows | null;
  /** What its steps come to, fitted on the training rows and applied inside the model; null: `scale` says it all. */
  readonly preprocessing?: Preprocessing | null;
  /** What a person should know of its steps. */
  readonly notes?: readonly string[];
}

export function isStored(rows: DataRows): rows is StoredRows {
  return 'read' in rows;
}

export function inputTypeOf(rows: DataRows): 'uint8' | 'float32' {
  if (isStored(rows)) return rows.inputType;
  return rows.features instanceof Uint8Array ? 'uint8' : 'float32';
}

/** The identity of a data set's contents: the same rows give the same hash on every machine, whatever files held them. */
export function hashContents(train: Examples, test: Examples | null, classes: readonly string[] | null): string {
  const hash = createHash('sha256');
  hash.update(JSON.stringify(classes));
  for (const part of test === null ? [train] : [train, test]) {
    hashHead(hash, part);
    hash.update(bytesOf(part.features));
    hash.update(bytesOf(part.labels));
  }
  return hash.digest('hex');
}

/** The identity of a table: that of its rows, whose codes mean nothing without the names of columns and categories. */
export function hashTable(contents: string, columns: readonly FeatureColumn[], target = ''): string {
  return createHash('sha256')
    .update(JSON.stringify([target, columns.map(({ name, categories }) => [name, categories])]))
    .update(contents)
    .digest('hex');
}

/** Read at a time where rows are on disk. */
const HASHED_BYTES = 4 * 2 ** 20;

/** The same hash as `hashContents` of the same rows, reading what is on disk piece by piece. */
export async function hashRows(
  train: DataRows,
  test: DataRows | null,
  classes: readonly string[] | null,
  validation: DataRows | null = null,
): Promise<string> {
  const hash = createHash('sha256');
  hash.update(JSON.stringify(classes));
  for (const part of [train, test, validation]) {
    if (part === null) continue;
    if (part === validation) hash.update('validation');
    hashHead(hash, part);
    if (!isStored(part)) hash.update(bytesOf(part.features));
    else {
      const rows = Math.max(1, Math.floor(HASHED_BYTES / (rowLength(part) * (part.inputType === 'uint8' ? 1 : 4))));
      for (let from = 0; from < part.rows; from += rows) {
        hash.update(bytesOf((await part.read(rowsFrom(from, Math.min(rows, part.rows - from)))).features));
      }
    }
    hash.update(bytesOf(part.labels));
  }
  return hash.digest('hex');
}

function hashHead(hash: Hash, part: DataRows): void {
  hash.update(JSON.stringify([inputTypeOf(part), part.rows, part.shape]));
}

function bytesOf(values: Uint8Array | Float32Array | Int32Array): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}

/** Values in one row. */
export function rowLength({ shape }: { readonly shape: readonly number[] }): number {
  return shape.reduce((product, length) => product * length, 1);
}

/** The labels of the rows at `indices`, copied in that order. */
export function takeLabels(labels: Examples['labels'], rows: number, indices: Int32Array): Examples['labels'] {
  const width = labels.length / rows;
  const length = indices.length * width;
  const taken = labels instanceof Int32Array ? new Int32Array(length) : new Float32Array(length);
  for (let i = 0; i < indices.length; i++) {
    for (let output = 0; output < width; output++) taken[i * width + output] = labels[indices[i]! * width + output]!;
  }
  return taken;
}

/** The rows at `indices`, copied in that order. */
export function takeRows(examples: Examples, indices: Int32Array): Examples {
  const length = rowLength(examples);
  const features =
    examples.features instanceof Uint8Array
      ? new Uint8Array(indices.length * length)
      : new Float32Array(indices.length * length);
  for (let row = 0; row < indices.length; row++) {
    const from = indices[row]!;
    features.set(examples.features.subarray(from * length, (from + 1) * length), row * length);
  }
  const labels = takeLabels(examples.labels, examples.rows, indices);
  return { features, shape: examples.shape, labels, rows: indices.length };
}

/** The same, wherever they are. */
export async function readRows(source: DataRows, indices: Int32Array): Promise<Examples> {
  return isStored(source) ? source.read(indices) : takeRows(source, indices);
}

/** The first `rows` rows (all where there are fewer); without a copy of what is in memory. */
export async function firstRows(source: DataRows, rows: number): Promise<Examples> {
  if (isStored(source)) return source.read(rowsFrom(0, Math.min(rows, source.rows)));
  if (rows >= source.rows) return source;
  return {
    features: source.features.subarray(0, rows * rowLength(source)),
    shape: source.shape,
    labels: source.labels.subarray(0, (rows * source.labels.length) / source.rows),
    rows,
  };
}

function rowsFrom(first: number, count: number): Int32Array {
  return Int32Array.from({ length: count }, (_, i) => first + i);
}
