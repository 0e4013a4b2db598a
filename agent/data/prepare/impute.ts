/** What stands in for missing cells. */
import { SowerError } from '../../../shared/kernel/errors.ts';
import type { PrepareStep } from '../../../shared/sweep/train/data-config.ts';
import type { FeatureColumn } from '../data-set.ts';
import { numberOf } from '../table/cells.ts';
import { type ColumnState, chosenColumns, type Fitting, isScaled, presentCells, withStates } from './fitting.ts';

export type ImputeStep = Extract<PrepareStep, { readonly type: 'impute' }>;

/**
 * Cells that are missing become a statistic of the training rows, or a constant in the units that the steps before leave;
 * a constant may be a category of its own. What an earlier step fills stays filled so.
 */
export function impute(fitting: Fitting, step: ImputeStep): Fitting {
  const numbersOnly = step.strategy === 'mean' || step.strategy === 'median';
  const suits = (state: ColumnState) => !numbersOnly || isScaled(state);
  const suitsUnnamed = (state: ColumnState) =>
    suits(state) && (step.strategy !== 'constant' || isScaled(state) === (typeof step.value === 'number'));
  const what = { is: 'numbers', fix: 'use mode or constant for categories' };
  const chosen = chosenColumns(fitting, step, step.columns === undefined ? suitsUnnamed : suits, what);
  const empty = chosen.filter((i) => fitting.states[i]!.fill === null);
  if (step.strategy === 'constant') return empty.reduce((filled, i) => withConstant(filled, i, step.value), fitting);
  return withStates(fitting, empty, (i) => {
    const cells = presentCells(fitting, i);
    return { ...fitting.states[i]!, fill: statisticOf(step.strategy, cells) };
  });
}

function statisticOf(strategy: Exclude<ImputeStep['strategy'], 'constant'>, cells: Float64Array): number {
  switch (strategy) {
    case 'mean':
      return meanOf(cells);
    case 'median':
      return medianOf(cells);
    case 'mode':
      return modeOf(cells);
    case 'backward_fill':
      throw new Error('invariant broken: backward_fill is a step on rows');
  }
}

export function meanOf(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Of an even number of values the mean of the two in the middle. */
export function medianOf(values: Float64Array): number {
  const sorted = values.slice().sort();
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** The most frequent value; of equals the smallest. */
export function modeOf(values: ArrayLike<number>): number {
  const times = new Map<number, number>();
  for (const value of Array.from(values)) times.set(value, (times.get(value) ?? 0) + 1);
  return [...times].reduce((most, entry) =>
    entry[1] > most[1] || (entry[1] === most[1] && entry[0] < most[0]) ? entry : most,
  )[0];
}

function withConstant(fitting: Fitting, index: number, value: string | number): Fitting {
  const state = fitting.states[index]!;
  const column = fitting.columns[index]!;
  if (column.categories !== null) return withCategory(fitting, index, String(value), column.categories);
  const number = typeof value === 'number' ? value : numberOf(value);
  if (number === null || !isScaled(state)) {
    throw new SowerError('E_DATA_COLUMN', `column ${column.name} holds numbers, and "${value}" is none`, {
      where: 'train.data.prepare, impute',
      fix: 'give a number as its value',
    });
  }
  return withStates(fitting, [index], () => ({ ...state, fill: number / state.scale + state.shift }));
}

/** A category that no row is of stands for "missing" in words. */
function withCategory(fitting: Fitting, index: number, name: string, categories: readonly string[]): Fitting {
  const known = categories.indexOf(name);
  const grown: FeatureColumn = { ...fitting.columns[index]!, categories: [...categories, name] };
  const columns = known >= 0 ? fitting.columns : fitting.columns.map((column, i) => (i === index ? grown : column));
  const fill = known >= 0 ? known : categories.length;
  return withStates({ ...fitting, columns }, [index], (i) => ({ ...fitting.states[i]!, fill }));
}
