import { SowerError } from '../../../shared/kernel/errors.ts';
import { hintAmong } from '../../../shared/sweep/near-name.ts';
import type { DataFile, PrepareStep } from '../../../shared/sweep/train/data-config.ts';
import type { Examples } from '../../engine/port.ts';
import type { RawDataSet } from '../data-set.ts';
import { readTextTable } from './read-table.ts';
import { applyRowSteps, coercedColumns, isRowStep } from './row-steps.ts';
import { typeTable } from './table.ts';
import { rowsOfTable } from './table-rows.ts';
import type { TextTable } from './text-table.ts';

export interface TableSource {
  readonly name: string;
  readonly path: string;
  readonly file: DataFile;
  /** All steps; those that need no statistic are applied. */
  readonly prepare: readonly PrepareStep[];
}

/** Rows of a CSV or TSV file. Throws as `readTable`, and E_DATA_LABEL for targets that are missing or all the same. */
export async function openTable({ name, path, file, prepare }: TableSource): Promise<RawDataSet<Examples>> {
  const { target, columns, delimiter, header, format } = file;
  const expectedNames = [...Object.keys(columns), ...(target === undefined ? [] : [target])];
  const between = delimiter ?? (format === 'tsv' ? '\t' : undefined);
  const text = await readTextTable(path, {
    expectedNames,
    ...(between === undefined ? {} : { delimiter: between }),
    ...(header === undefined ? {} : { header }),
  });
  return rowsOfText(name, text, file, prepare);
}

/** The same of a table that is at hand. */
export function rowsOfText(
  name: string,
  text: TextTable,
  { target: wanted, predict, columns }: Pick<DataFile, 'target' | 'predict' | 'columns'>,
  prepare: readonly PrepareStep[],
): RawDataSet<Examples> {
  const target = targetOf(text, wanted, columns);
  const types = { ...columns, [target]: predict === 'classes' ? 'category' : 'number' } as const;
  const table = typeTable(text, { types, coerced: coercedColumns(prepare) });
  return rowsOfTable(name, applyRowSteps(table, prepare.filter(isRowStep), target), target);
}

/** As named; by default the last column that is used. */
function targetOf({ columns }: TextTable, wanted: string | undefined, types: DataFile['columns']): string {
  const names = columns.map(({ name }) => name).filter((name) => types[name] !== 'ignore');
  const target = wanted ?? names.at(-1);
  if (target !== undefined && names.includes(target)) return target;
  const where = 'train.data.target';
  if (target === undefined || types[target] === 'ignore') {
    const fix = 'take ignore away from it in train.data.columns';
    throw new SowerError('E_DATA_COLUMN', `the column ${target ?? 'to predict'} is ignored`, { where, fix });
  }
  const fix = hintAmong(target, names, 'its columns');
  throw new SowerError('E_DATA_COLUMN', `the table has no column "${target}"`, { where, fix });
}
