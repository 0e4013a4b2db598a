/** Columns of a table on their way into a model: what is known of each after the steps so far. */
import { SowerError } from '../../../shared/kernel/errors.ts';
import { hintAmong } from '../../../shared/sweep/near-name.ts';
import type { Examples } from '../../engine/port.ts';
import type { FeatureColumn } from '../data-set.ts';
import { nameInYaml } from '../table/cells.ts';

/**
 * A model is given (x - shift) * scale of numbers and of categories whose code is taken as a number (`label`), one feature
 * per category of `one_hot`, and nothing of what is still a `category`. `fill`, as rows are stored, is what missing cells
 * become; null where nothing says so.
 */
export type ColumnState =
  | { readonly as: 'number' | 'label'; readonly fill: number | null; readonly shift: number; readonly scale: number }
  | { readonly as: 'category' | 'one_hot'; readonly fill: number | null };

export type ScaledState = Extract<ColumnState, { readonly shift: number }>;

export interface Fitting {
  readonly columns: readonly FeatureColumn[];
  readonly states: readonly ColumnState[];
  /** As stored; steps that are fitted look at these rows alone. */
  readonly train: Examples;
  readonly classes: readonly string[] | null;
  /** What a person should know of the steps. */
  readonly notes: readonly string[];
}

export function startFitting(
  columns: readonly FeatureColumn[],
  train: Examples,
  classes: readonly string[] | null,
): Fitting {
  const states = columns.map(
    ({ type }): ColumnState =>
      type === 'number' ? { as: 'number', fill: null, shift: 0, scale: 1 } : { as: 'category', fill: null },
  );
  return { columns, states, train, classes, notes: [] };
}

export function isScaled(state: ColumnState): state is ScaledState {
  return state.as === 'number' || state.as === 'label';
}

interface Chosen {
  readonly type: string;
  readonly columns?: readonly string[];
}

/**
 * Indices of the columns that a step is for: those it names, else all that suit it. Throws E_DATA_COLUMN for a name that
 * is no feature, or one that does not suit; `what` says what would.
 */
export function chosenColumns(
  { columns, states }: Pick<Fitting, 'columns' | 'states'>,
  { type, columns: named }: Chosen,
  suits: (state: ColumnState) => boolean,
  what: { readonly is: string; readonly fix: string },
): readonly number[] {
  const all = Array.from(columns.keys());
  if (named === undefined) return all.filter((i) => suits(states[i]!));
  const names = columns.map(({ name }) => name);
  return named.map((name) => {
    const index = names.indexOf(name);
    const where = `train.data.prepare, ${type}`;
    if (index < 0) {
      const fix = hintAmong(name, names, 'its features');
      throw new SowerError('E_DATA_COLUMN', `the table has no feature "${name}"`, { where, fix });
    }
    if (suits(states[index]!)) return index;
    throw new SowerError('E_DATA_COLUMN', `${type} is for ${what.is}, but column ${name} ${describe(states[index]!)}`, {
      where,
      fix: what.fix,
    });
  });
}

function describe({ as }: ColumnState): string {
  switch (as) {
    case 'number':
      return 'holds numbers';
    case 'category':
      return 'holds categories';
    case 'label':
    case 'one_hot':
      return `is encoded already (${as})`;
  }
}

/** The same fitting with the states of some columns replaced. */
export function withStates(fitting: Fitting, indices: readonly number[], change: (i: number) => ColumnState): Fitting {
  const states = fitting.states.slice();
  for (const i of indices) states[i] = change(i);
  return { ...fitting, states };
}

/** Cells of a column in the training rows, with missing ones filled where something fills them, and without the rest. */
export function presentCells({ train, states, columns }: Fitting, index: number): Float64Array {
  const width = columns.length;
  const fill = states[index]!.fill ?? Number.NaN;
  const cells = new Float64Array(train.rows);
  let count = 0;
  for (let row = 0; row < train.rows; row++) {
    const stored = train.features[row * width + index]!;
    const cell = Number.isNaN(stored) ? fill : stored;
    if (!Number.isNaN(cell)) cells[count++] = cell;
  }
  if (count > 0) return cells.subarray(0, count);
  const { name } = columns[index]!;
  throw new SowerError('E_DATA_MISSING_CELLS', `column ${name} is empty in all ${train.rows} training rows`, {
    where: 'train.data.prepare',
    fix: `leave it out: "columns: {${nameInYaml(name)}: ignore}" in train.data`,
  });
}
