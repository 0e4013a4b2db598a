import { SowerError } from '../../../shared/kernel/errors.ts';
import { type DataRows, hashRows, type RawDataSet } from '../data-set.ts';
import { classLabels, numberLabels } from './array-labels.ts';
import { checkFinite, type NpyArray, readValues } from './npy.ts';

export interface MatrixOptions {
  readonly name: string;
  readonly predict: 'classes' | 'numbers';
}

/** A matrix as a table without names: the last column is predicted from the others. Throws E_DATA_FORMAT, E_DATA_ROW, E_DATA_LABEL. */
export async function openMatrix({ name, predict }: MatrixOptions, array: NpyArray): Promise<RawDataSet<DataRows>> {
  const { where } = array.source;
  const [rows = 0, columns = 0] = array.shape;
  if (array.shape.length !== 2 || columns < 2 || rows === 0) {
    throw new SowerError('E_DATA_FORMAT', `its shape (${array.shape.join(', ')}) is not that of rows and columns`, {
      where,
      fix: 'expected is (rows, columns) with the label last; images go into an NPZ file, as x_train and y_train',
    });
  }
  const values = await readValues(array);
  const features = new Float32Array(rows * (columns - 1));
  const last = new Float64Array(rows);
  for (let row = 0; row < rows; row++) {
    const from = row * columns;
    features.set(values.subarray(from, from + columns - 1), row * (columns - 1));
    last[row] = values[from + columns - 1]!;
  }
  checkFinite(features, 0, columns - 1, where);
  const parts = [{ where, values: last, rows }];
  const { classes, labels } = predict === 'numbers' ? numberLabels(parts) : classLabels(parts, null);
  const train = { features, shape: [columns - 1], labels: labels[0]!, rows };
  return { name, train, test: null, classes, hash: await hashRows(train, null, classes) };
}
