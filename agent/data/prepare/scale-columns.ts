import type { PrepareStep } from '../../../shared/sweep/train/data-config.ts';
import { chosenColumns, type Fitting, isScaled, presentCells, type ScaledState, withStates } from './fitting.ts';
import { meanOf } from './impute.ts';

type ScaleStep = Extract<PrepareStep, { readonly type: 'standardize' | 'min_max' }>;

/**
 * Numbers with mean 0 and (population) standard deviation 1, or between 0 and 1, over the training rows; missing cells
 * count for nothing. Whatever scale a column had before, both come to one shift and one factor of what is stored.
 */
export function scaleColumns(fitting: Fitting, step: ScaleStep): Fitting {
  const fix = `give ${step.type} the columns that hold numbers`;
  const chosen = chosenColumns(fitting, step, isScaled, { is: 'numbers', fix });
  const notes: string[] = [];
  const scaled = withStates(fitting, chosen, (i) => {
    const state = fitting.states[i] as ScaledState;
    const cells = presentCells(fitting, i);
    const [low, high] = rangeOf(cells);
    if (low === high) {
      notes.push(`column ${fitting.columns[i]!.name} is ${low} in all training rows: ${step.type} leaves only zeros`);
      return { ...state, shift: low, scale: 1 };
    }
    if (step.type === 'min_max') return { ...state, shift: low, scale: 1 / (high - low) };
    const mean = meanOf(cells);
    return { ...state, shift: mean, scale: 1 / spreadOf(cells, mean) };
  });
  return { ...scaled, notes: [...fitting.notes, ...notes] };
}

function rangeOf(cells: Float64Array): readonly [number, number] {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const cell of cells) {
    if (cell < low) low = cell;
    if (cell > high) high = cell;
  }
  return [low, high];
}

/** Population standard deviation. */
export function spreadOf(values: Float64Array, mean: number): number {
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
}
