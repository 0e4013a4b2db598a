/** What a person wants to know of a data set first. */
import type { DataOutline, OutlinedColumn } from '../../shared/protocol/index.ts';
import { preprocessedShape } from '../engine/port.ts';
import { type ColumnSummary, summarizeColumns } from './column-summary.ts';
import {
  type DataRows,
  type DataSet,
  type FeatureColumn,
  firstRows,
  inputTypeOf,
  readRows,
  rowLength,
} from './data-set.ts';
import { warningsOf } from './warnings.ts';

/** Over all values of a part; population standard deviation. */
export interface ValueSummary {
  readonly mean: number;
  readonly sd: number;
  readonly min: number;
  readonly max: number;
}

export interface PartSummary {
  readonly part: 'train' | 'val' | 'test';
  readonly rows: number;
  /** Cells without a value left out. */
  readonly values: ValueSummary;
  /** Rows of each class; null where numbers are to be predicted. */
  readonly classRows: readonly number[] | null;
  /** Of the numbers to predict; null where classes are. */
  readonly targets: ValueSummary | null;
}

export interface ShownExample {
  readonly label: string;
  readonly values: readonly number[];
}

export interface DataSummary {
  readonly name: string;
  readonly hash: string;
  readonly type: 'uint8' | 'float32';
  /** Of one example. */
  readonly shape: readonly number[];
  readonly classes: readonly string[] | null;
  readonly parts: readonly PartSummary[];
  /** Of a table, over its training rows. */
  readonly columns: readonly ColumnSummary[] | null;
  /** What is likely to be wrong with it, in words. */
  readonly warnings: readonly string[];
  /** The first training rows. */
  readonly examples: readonly ShownExample[];
}

export async function summarizeData(data: DataSet, exampleCount: number): Promise<DataSummary> {
  const { name, hash, train, validation, test, classes } = data;
  const trained = await summarizePart('train', train, classes);
  const parts = [trained];
  if (validation !== null) parts.push(await summarizePart('val', validation, classes));
  if (test !== null) parts.push(await summarizePart('test', test, classes));
  const columns = data.columns ? await summarizeColumns(train, data.columns) : null;
  const warnings = warningsOf(data, trained, columns);
  const first = await firstRows(train, exampleCount);
  const length = rowLength(first);
  const examples = Array.from({ length: first.rows }, (_, row) => ({
    label: classes?.[first.labels[row]!] ?? String(first.labels[row]),
    values: Array.from(first.features.subarray(row * length, (row + 1) * length)),
  }));
  return { name, hash, type: inputTypeOf(train), shape: train.shape, classes, parts, columns, warnings, examples };
}

/** Reads no feature: labels lie in memory. */
export function outlineData(data: DataSet): DataOutline {
  const { name, hash, train, validation, test, classes, columns = null, preprocessing = null } = data;
  const parts = [
    { part: 'train', rows: train },
    { part: 'val', rows: validation },
    { part: 'test', rows: test },
  ] as const;
  return {
    name,
    hash,
    type: inputTypeOf(train),
    shape: train.shape,
    columns: columns?.map(outlineColumn) ?? null,
    prepared_shape: preprocessing === null ? train.shape : preprocessedShape(train.shape, preprocessing),
    classes,
    parts: parts.flatMap(({ part, rows }) =>
      rows === null ? [] : [{ part, rows: rows.rows, class_rows: countClasses(rows, classes) }],
    ),
  };
}

/** So that a table of thousands of places leaves a small file. */
const MOST_NAMES = 64;
const LONGEST_NAME = 40;

function outlineColumn({ name, categories }: FeatureColumn): OutlinedColumn {
  if (categories === null) return { name, categories };
  const names = categories.slice(0, MOST_NAMES).map((category) => category.slice(0, LONGEST_NAME));
  return { name, categories: categories.length, category_names: names };
}

function countClasses({ labels }: DataRows, classes: readonly string[] | null): readonly number[] | null {
  if (classes === null) return null;
  const counts = classes.map(() => 0);
  for (const label of labels) counts[label] = (counts[label] ?? 0) + 1;
  return counts;
}

async function summarizePart(
  part: PartSummary['part'],
  rows: DataRows,
  classes: readonly string[] | null,
): Promise<PartSummary> {
  const targets = classes === null ? targetsOf(rows) : null;
  return {
    part,
    rows: rows.rows,
    values: await summarizeValues(rows),
    classRows: countClasses(rows, classes),
    targets,
  };
}

/** Rows read at a time where they are on disk. */
const ROWS_AT_A_TIME = 4096;

async function summarizeValues(rows: DataRows): Promise<ValueSummary> {
  const sums = newSums();
  for (let from = 0; from < rows.rows; from += ROWS_AT_A_TIME) {
    const count = Math.min(ROWS_AT_A_TIME, rows.rows - from);
    const { features } = await readRows(
      rows,
      Int32Array.from({ length: count }, (_, i) => from + i),
    );
    sums.add(features);
  }
  return sums.result();
}

function targetsOf({ labels }: DataRows): ValueSummary {
  const sums = newSums();
  sums.add(labels);
  return sums.result();
}

/** Sums of whole numbers up to 255 and of their squares are exact in float64. */
function newSums() {
  let [count, sum, squares, min, max] = [0, 0, 0, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  return {
    add(values: Uint8Array | Float32Array | Int32Array) {
      for (const value of values) {
        if (Number.isNaN(value)) continue;
        count++;
        sum += value;
        squares += value * value;
        if (value < min) min = value;
        if (value > max) max = value;
      }
    },
    result(): ValueSummary {
      const mean = sum / count;
      return { mean, sd: Math.sqrt(Math.max(0, squares / count - mean * mean)), min, max };
    },
  };
}
