/** Rows of a data set as tensors, checked against the structure they are to be used with. */
import { SowerError } from '../../../shared/kernel/errors.ts';
import type { Examples, Structure } from '../port.ts';
import { makeTensor, type Tensor } from './session.ts';

export interface LoadedExamples {
  readonly data: Tensor;
  readonly labels: Tensor;
  readonly rows: number;
}

/** No copies are made. */
export function exampleTensors({ features, labels, rows }: Examples): LoadedExamples {
  const type = features instanceof Uint8Array ? 'uint8' : 'float32';
  const data = makeTensor(type, features, [rows, features.length / rows]);
  return { data, labels: makeTensor('int32', labels, [rows]), rows };
}

/** Throws SowerError E_DATA_* where rows, types or labels do not fit. */
export function checkExamples(structure: Structure, examples: Examples): void {
  const { features, labels, rows, shape } = examples;
  const width = structure.inputShape.reduce((count, dim) => count * dim, 1);
  if (shape.join(',') !== structure.inputShape.join(',')) {
    throw new SowerError(
      'E_DATA_SHAPE',
      `rows have the shape [${shape.join(', ')}], the model takes [${structure.inputShape.join(', ')}]`,
    );
  }
  const type = features instanceof Uint8Array ? 'uint8' : 'float32';
  if (type !== structure.inputType) {
    throw new SowerError('E_DATA_TYPE', `features are ${type}, the model takes ${structure.inputType}`);
  }
  if (rows < 1 || features.length !== rows * width || labels.length !== rows) {
    throw new SowerError(
      'E_DATA_ROWS',
      `${rows} rows of ${width} values, but ${features.length} values and ${labels.length} labels`,
    );
  }
  const stray = labels.findIndex((label) => label < 0 || label >= structure.classes);
  if (stray !== -1) {
    throw new SowerError(
      'E_DATA_LABEL',
      `row ${stray} has the label ${labels[stray]}, but there are ${structure.classes} classes`,
      { fix: `labels count from 0 to ${structure.classes - 1}` },
    );
  }
}
