/** Steps on the rows of a table that look at no statistic, so they come before the split. */
import { SowerError } from '../../../shared/kernel/errors.ts';
import type { PrepareStep } from '../../../shared/sweep/train/data-config.ts';
import { numberOf } from './cells.ts';
import { type CategoryColumn, type Column, checkColumn, type Table, takeTableRows } from './table.ts';

type Step<Type extends PrepareStep['type']> = Extract<PrepareStep, { readonly type: Type }>;
type BackwardFill = Extract<Step<'impute'>, { readonly strategy: 'backward_fill' | 'mean' | 'median' | 'mode' }>;
export type RowStep = Step<'coerce'> | Step<'drop_rows'> | BackwardFill;

export function isRowStep(step: PrepareStep): step is RowStep {
  if (step.type === 'impute') return step.strategy === 'backward_fill';
  return step.type === 'coerce' || step.type === 'drop_rows';
}

/** Columns whose cells become missing where they are no numbers, as the reader of a table wants to know them. */
export function coercedColumns(steps: readonly PrepareStep[]): readonly string[] | 'all' {
  const coerce = steps.filter((step) => step.type === 'coerce');
  if (coerce.some(({ columns }) => columns === undefined)) return 'all';
  return coerce.flatMap(({ columns = [] }) => columns);
}

/**
 * The table after `steps`, in their order. A step that names no columns is for all but the target; only rows whose target
 * is missing go with all others that miss a cell. Throws E_DATA_COLUMN, E_DATA_ROW where no row is left.
 */
export function applyRowSteps(table: Table, steps: readonly RowStep[], target: string): Table {
  const names = table.columns.map(({ name }) => name);
  for (const step of steps) {
    for (const name of step.columns ?? []) checkColumn(name, names, `train.data.prepare, ${step.type}`);
  }
  return steps.reduce((rows, step) => applyStep(rows, step, target), table);
}

function applyStep(table: Table, step: RowStep, target: string): Table {
  const isMeant = ({ name }: Column) => step.columns?.includes(name) ?? name !== target;
  const changed = (change: (column: Column) => Column) => ({
    ...table,
    columns: table.columns.map((column) => (isMeant(column) ? change(column) : column)),
  });
  switch (step.type) {
    case 'coerce':
      return changed((column) => withoutValues(column, step.values));
    case 'impute':
      return changed(filledBackwards);
    case 'drop_rows':
      return dropRows(table, step, isMeant, target);
  }
}

function withoutValues(column: Column, values: readonly (string | number)[]): Column {
  if (values.length === 0) return column;
  const isGone = matcher(column, values);
  if (column.type === 'number') {
    return { ...column, values: column.values.map((value) => (isGone(value) ? Number.NaN : value)) };
  }
  return withoutUnused({ ...column, codes: column.codes.map((code) => (isGone(code) ? -1 : code)) });
}

/** Whether a cell, given as it is stored, is one of `values`. */
function matcher(column: Column, values: readonly (string | number)[]): (cell: number) => boolean {
  if (column.type === 'number') {
    const wanted = new Set(values.map((value) => (typeof value === 'number' ? value : numberOf(value.trim()))));
    return (cell) => wanted.has(cell);
  }
  const wanted = new Set(values.map(String));
  return (cell) => cell >= 0 && wanted.has(column.categories[cell]!);
}

/** Of missing cells each becomes what the next row that has one holds; the last may stay missing. */
function filledBackwards(column: Column): Column {
  const isMissing = missingIn(column);
  const fill = <Cells extends Float64Array | Int32Array>(cells: Cells): Cells => {
    const filled = cells.slice() as Cells;
    for (let row = filled.length - 2; row >= 0; row--) if (isMissing(row)) filled[row] = filled[row + 1]!;
    return filled;
  };
  if (column.type === 'number') return { ...column, values: fill(column.values) };
  return { ...column, codes: fill(column.codes) };
}

export function missingIn(column: Column): (row: number) => boolean {
  return column.type === 'number' ? (row) => Number.isNaN(column.values[row]) : (row) => column.codes[row]! < 0;
}

function dropRows(table: Table, step: Step<'drop_rows'>, isMeant: (column: Column) => boolean, target: string): Table {
  const drops = new Uint8Array(table.rows);
  for (const column of table.columns) {
    const missesTarget = column.name === target && step.columns === undefined;
    if (!isMeant(column) && !missesTarget) continue;
    const isDropped = dropper(column, step, missesTarget);
    for (let row = 0; row < table.rows; row++) if (isDropped(row)) drops[row] = 1;
  }
  const kept = Int32Array.from(Array.from(drops.keys()).filter((row) => drops[row] === 0));
  if (kept.length === table.rows) return table;
  if (kept.length === 0) {
    throw new SowerError('E_DATA_ROW', `drop_rows leaves none of its ${table.rows} rows`, {
      where: table.path,
      fix: 'name the columns that it is for, or choose other limits',
    });
  }
  const left = takeTableRows(table, kept);
  return {
    ...left,
    columns: left.columns.map((column) => (column.type === 'number' ? column : withoutUnused(column))),
  };
}

function dropper(column: Column, step: Step<'drop_rows'>, onlyMissing: boolean): (row: number) => boolean {
  const { missing, equals, below = Number.NEGATIVE_INFINITY, above = Number.POSITIVE_INFINITY } = step;
  const isMissing = missingIn(column);
  if (onlyMissing) return (row) => missing && isMissing(row);
  const isEqual = matcher(column, equals);
  const cells = column.type === 'number' ? column.values : column.codes;
  const isOutside = (row: number) => column.type === 'number' && (cells[row]! < below || cells[row]! > above);
  return (row) => (missing && isMissing(row)) || isEqual(cells[row]!) || isOutside(row);
}

/** A category that no row is of any more is none. */
function withoutUnused(column: CategoryColumn): CategoryColumn {
  const used = new Set(column.codes);
  const kept = Array.from(column.categories.keys()).filter((code) => used.has(code));
  if (kept.length === column.categories.length) return column;
  const codeOf = new Map(kept.map((code, index) => [code, index]));
  return {
    ...column,
    codes: column.codes.map((code) => codeOf.get(code) ?? -1),
    categories: kept.map((code) => column.categories[code]!),
  };
}
