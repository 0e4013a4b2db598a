import type { DataConfig } from '../../../shared/sweep/train/data-config.ts';
import type { DataSet } from '../data-set.ts';
import { prepareArrays } from './prepare-arrays.ts';
import { type Prepared, prepareTable } from './prepare-table.ts';

/** Fits the steps of a sweep file on the training rows of split data; rows stay raw, the model does the rest. */
export async function prepareData(data: DataSet, config: DataConfig): Promise<Prepared> {
  return data.columns ? prepareTable(data, config.prepare) : prepareArrays(data, config);
}
