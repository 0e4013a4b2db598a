import { assertNever } from '../../../shared/kernel/assert.ts';
import type { PrepareStep } from '../../../shared/sweep/train/data-config.ts';
import type { Examples } from '../../engine/port.ts';
import { type DataRows, type DataSet, isStored } from '../data-set.ts';
import { isRowStep } from '../table/row-steps.ts';
import { checkEncoded, checkFilled, encode, finishEncoding, recode } from './encode.ts';
import { type Fitting, startFitting } from './fitting.ts';
import { impute } from './impute.ts';
import { addSyntheticRows, repeatRareRows } from './oversample.ts';
import { scaleColumns } from './scale-columns.ts';

export interface Prepared {
  readonly data: DataSet;
  /** What a person should know of the steps. */
  readonly notes: readonly string[];
}

/**
 * The steps that look at training rows, in their order, as one encoding inside the model; rows stay as they are stored,
 * only more where classes are made equally common. Throws E_DATA_COLUMN, E_DATA_ENCODE, E_DATA_MISSING_CELLS,
 * E_DATA_OVERSAMPLE.
 */
export function prepareTable(data: DataSet, steps: readonly PrepareStep[]): Prepared {
  const { columns, classes } = data;
  if (!columns) throw new Error('invariant broken: rows of a table have columns');
  const [train, validation, test] = [data.train, data.validation, data.test].map((part) => part && inMemory(part));
  const start = startFitting(columns, train!, classes);
  const fitting = steps.filter((step) => !isRowStep(step)).reduce(applyStep, start);
  checkEncoded(fitting);
  const others = [validation, test].filter((part) => part !== null && part !== undefined);
  checkFilled(fitting, [fitting.train, ...others]);
  const { encoding, columns: encoded, codes } = finishEncoding(fitting);
  const finished = (part: Examples | null | undefined) => (part ? recode(part, codes, columns.length) : null);
  return {
    data: {
      ...data,
      train: finished(fitting.train)!,
      validation: finished(validation),
      test: finished(test),
      columns: encoded,
      preprocessing: encoding,
    },
    notes: fitting.notes,
  };
}

function applyStep(fitting: Fitting, step: PrepareStep): Fitting {
  switch (step.type) {
    case 'impute':
      return impute(fitting, step);
    case 'standardize':
    case 'min_max':
      return scaleColumns(fitting, step);
    case 'encode':
      return encode(fitting, step);
    case 'oversample':
      if (step.method === 'smote') return addSyntheticRows(fitting, step.neighbors);
      return { ...fitting, train: inMemory(repeatRareRows(fitting.train, fitting.classes)) };
    case 'coerce':
    case 'drop_rows':
    case 'normalize':
    case 'augment':
      throw new Error(`invariant broken: ${step.type} is no step on fitted columns`);
    default:
      return assertNever(step);
  }
}

function inMemory(rows: DataRows): Examples {
  if (isStored(rows)) throw new Error('invariant broken: a table lies in memory');
  return rows;
}
