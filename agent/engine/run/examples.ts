/** Rows of a data set as tensors, checked against the structure they are to be used with. */
import { SowerError } from '../../../shared/kernel/errors.ts';
import type { ExampleSource, Examples, StoredExamples, Structure } from '../port.ts';
import { checkEmbeddedValues } from './embedded-values.ts';
import { makeTensor, type Tensor } from './session.ts';

export interface LoadedExamples {
  readonly data: Tensor;
  readonly labels: Tensor;
  readonly rows: number;
}

/** What rows have to fit: a structure, and how many numbers its model gives. */
export interface RowsTaken {
  readonly structure: Structure;
  readonly outputs: number;
}

/** Rows of a stored data set that are held at a time. */
const BLOCK_BYTES = 64 * 2 ** 20;

export const isStored = (source: ExampleSource): source is StoredExamples => 'read' in source;

/** No copies are made. */
export function exampleTensors({ features, labels, rows }: Examples): LoadedExamples {
  const type = features instanceof Uint8Array ? 'uint8' : 'float32';
  const data = makeTensor(type, features, [rows, features.length / rows]);
  return { data, labels: labelTensor(labels, rows), rows };
}

function labelTensor(labels: Examples['labels'], rows: number): Tensor {
  if (labels instanceof Int32Array) return makeTensor('int32', labels, [rows]);
  return makeTensor('float32', labels, [rows, labels.length / rows]);
}

/** The rows in order, so many at a time; no copies are made. */
export function* slicesOf({ features, labels, shape, rows }: Examples, most: number): Generator<Examples> {
  const [width, labelWidth] = [features.length / rows, labels.length / rows];
  for (let start = 0; start < rows; start += most) {
    const end = Math.min(rows, start + most);
    yield {
      features: features.subarray(start * width, end * width),
      labels: labels.subarray(start * labelWidth, end * labelWidth),
      shape,
      rows: end - start,
    };
  }
}

/** Copies of the rows at `indices`, in that order. */
export function rowsAt({ data, labels }: LoadedExamples, indices: Int32Array): LoadedExamples {
  return { data: takeRows(data, indices), labels: takeRows(labels, indices), rows: indices.length };
}

function takeRows(tensor: Tensor, indices: Int32Array): Tensor {
  const [rows = 1, ...rest] = tensor.dims;
  const values = tensor.data as Uint8Array | Int32Array | Float32Array;
  const width = values.length / rows;
  const taken = new (values.constructor as new (length: number) => typeof values)(indices.length * width);
  indices.forEach((row, i) => {
    taken.set(values.subarray(row * width, (row + 1) * width), i * width);
  });
  return makeTensor(tensor.type as 'uint8' | 'int32' | 'float32', taken, [indices.length, ...rest]);
}

/** How many rows of a stored data set to read at a time: at least one. */
export function rowsOfBlock({ inputShape, inputType }: Pick<Structure, 'inputShape' | 'inputType'>): number {
  const bytes = elementsOf(inputShape) * (inputType === 'uint8' ? 1 : 4);
  return Math.max(1, Math.floor(BLOCK_BYTES / bytes));
}

/** Rows in memory as they are; stored ones in their order, as many at a time as memory is set aside for. */
export async function* readInBlocks(source: ExampleSource): AsyncGenerator<Examples> {
  if (!isStored(source)) {
    yield source;
    return;
  }
  // What one value takes is not known before rows are read; four bytes is the most.
  const blockRows = rowsOfBlock({ inputShape: source.shape, inputType: 'float32' });
  for (let start = 0; start < source.rows; start += blockRows) {
    const count = Math.min(blockRows, source.rows - start);
    yield source.read(Int32Array.from({ length: count }, (_, i) => start + i));
  }
}

const elementsOf = (shape: readonly number[]): number => shape.reduce((count, dim) => count * dim, 1);

/** Throws SowerError E_DATA_* where rows cannot fit; what stored ones hold is only known when they are read. */
export function checkSource(taken: RowsTaken, source: ExampleSource): void {
  if (!isStored(source)) {
    checkExamples(taken, source);
    return;
  }
  checkShape(taken.structure, source.shape);
  if (source.rows < 1) throw noRows();
}

/** Throws SowerError E_DATA_* where rows, types or labels do not fit. */
export function checkExamples({ structure, outputs }: RowsTaken, examples: Examples): void {
  const { features, labels, rows, shape } = examples;
  checkShape(structure, shape);
  const type = features instanceof Uint8Array ? 'uint8' : 'float32';
  if (type !== structure.inputType) {
    throw new SowerError('E_DATA_TYPE', `features are ${type}, the model takes ${structure.inputType}`, {
      fix: `hand over ${structure.inputType} features, or compile the model for ${type}`,
    });
  }
  if (rows < 1) throw noRows();
  checkLabelKind(structure.classes, labels);
  const width = elementsOf(structure.inputShape);
  const labelWidth = structure.classes === null ? outputs : 1;
  if (structure.classes === null && labels.length % rows === 0 && labels.length !== rows * labelWidth) {
    const message = `the model gives ${outputs} numbers for each row, but the data has ${labels.length / rows} to predict`;
    const fix = `end the model with \`- dense: {units: ${labels.length / rows}}\``;
    throw new SowerError('E_DATA_ROWS', message, { fix });
  }
  if (features.length !== rows * width || labels.length !== rows * labelWidth) {
    throw new SowerError(
      'E_DATA_ROWS',
      `${rows} rows of ${width} values, but ${features.length} values and ${labels.length} labels`,
      { fix: `give ${rows * width} values and ${rows * labelWidth} labels` },
    );
  }
  if (structure.classes !== null) checkClassIndices(structure.classes, labels);
  checkEmbeddedValues(structure, examples);
}

function checkShape({ inputShape }: Structure, shape: readonly number[]): void {
  if (shape.join(',') === inputShape.join(',')) return;
  throw new SowerError(
    'E_DATA_SHAPE',
    `rows have the shape [${shape.join(', ')}], the model takes [${inputShape.join(', ')}]`,
    { fix: 'compile the model for the shape of the rows' },
  );
}

const noRows = (): SowerError =>
  new SowerError('E_DATA_ROWS', 'the data set has no rows', { fix: 'take a part of the data that has some' });

function checkLabelKind(classes: number | null, labels: Examples['labels']): void {
  const indices = labels instanceof Int32Array;
  if (indices === (classes !== null)) return;
  const kinds = ['int32 class indices', 'float32 numbers to predict'];
  const [given, wanted] = indices ? kinds : kinds.toReversed();
  throw new SowerError('E_DATA_LABEL', `labels are ${given}, the model takes ${wanted}`, {
    fix: indices ? 'compile the model with classes' : 'compile the model without classes',
  });
}

function checkClassIndices(classes: number, labels: Examples['labels']): void {
  const stray = labels.findIndex((label) => label < 0 || label >= classes);
  if (stray !== -1) {
    throw new SowerError(
      'E_DATA_LABEL',
      `row ${stray} has the label ${labels[stray]}, but there are ${classes} classes`,
      { fix: `labels count from 0 to ${classes - 1}` },
    );
  }
}
