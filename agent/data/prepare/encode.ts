/** From fitted columns to what the model's graph does with a stored row. */
import { SowerError } from '../../../shared/kernel/errors.ts';
import { listed, show } from '../../../shared/sweep/finding.ts';
import type { PrepareStep } from '../../../shared/sweep/train/data-config.ts';
import type { ColumnEncoding, Examples, TableEncoding } from '../../engine/port.ts';
import type { FeatureColumn } from '../data-set.ts';
import { nameInYaml } from '../table/cells.ts';
import { type ColumnState, chosenColumns, type Fitting, isScaled, withStates } from './fitting.ts';

export function encode(fitting: Fitting, step: Extract<PrepareStep, { readonly type: 'encode' }>): Fitting {
  const what = { is: 'categories', fix: 'make it a category in train.data.columns, or take it out of the step' };
  const chosen = chosenColumns(fitting, step, ({ as }) => as === 'category', what);
  return withStates(fitting, chosen, (i): ColumnState => {
    const { fill } = fitting.states[i]!;
    return step.method === 'label' ? { as: 'label', fill, shift: 0, scale: 1 } : { as: 'one_hot', fill };
  });
}

/** Throws E_DATA_ENCODE where a column is still one of categories: no model takes words. */
export function checkEncoded({ columns, states }: Fitting): void {
  const left = columns.filter((_, i) => states[i]!.as === 'category');
  if (left.length === 0) return;
  const names = listed(left.map(({ name }) => name));
  const stray = left.find((column) => column.strays);
  const numbers = ({ name, strays }: FeatureColumn) =>
    `; ${name} would be numbers but for ${strays!.cells === 1 ? '1 cell' : `${strays!.cells} cells`} such as ${show(strays!.word)} in line ${strays!.line}`;
  const comma = stray === undefined ? decimalComma(left) : null;
  const isOne = left.length === 1;
  throw new SowerError(
    'E_DATA_ENCODE',
    `column${isOne ? '' : 's'} ${names} hold${isOne ? 's' : ''} categories, and a model takes numbers only${stray ? numbers(stray) : ''}${comma ?? ''}`,
    {
      where: 'train.data.prepare',
      fix: `${comma === null ? '' : 'write them with a point, or '}add ${stray ? '"- coerce" as the first step to take such cells for missing, or ' : ''}"- encode: {method: one_hot}", or "columns: {${nameInYaml(left[0]!.name)}: ignore}" to leave out`,
    },
  );
}

/** Said of a column of numbers as half of the world writes them, which would become a category each. */
function decimalComma(columns: readonly FeatureColumn[]): string | null {
  for (const { name, categories } of columns) {
    const word = categories!.find((category) => category.includes(','));
    if (word === undefined || !categories!.every((category) => /^[+-]?\d+(,\d+)?$/.test(category))) continue;
    return `; numbers such as ${show(word)} in ${name} are read with a decimal point only`;
  }
  return null;
}

/** Throws E_DATA_MISSING_CELLS where a number that a model is given may be missing, in any of `parts`. */
export function checkFilled({ columns, states }: Fitting, parts: readonly Examples[]): void {
  const width = columns.length;
  const counts = columns.map((_, i) => {
    const state = states[i]!;
    if (state.fill !== null || !isScaled(state)) return 0;
    return parts.reduce((sum, { features, rows }) => {
      let count = 0;
      for (let row = 0; row < rows; row++) if (Number.isNaN(features[row * width + i])) count++;
      return sum + count;
    }, 0);
  });
  const left = columns.flatMap(({ name }, i) => (counts[i]! > 0 ? [`${name} (${counts[i]})`] : []));
  if (left.length === 0) return;
  throw new SowerError(
    'E_DATA_MISSING_CELLS',
    `cells are missing in column${left.length === 1 ? '' : 's'} ${listed(left)}`,
    {
      where: 'train.data.prepare',
      fix: 'add "- impute: {strategy: median}", or "- drop_rows: {missing: true}"',
    },
  );
}

export interface Recoding {
  readonly encoding: TableEncoding;
  readonly columns: readonly FeatureColumn[];
  /** By column: the new code of each old one, where codes change. */
  readonly codes: ReadonlyMap<number, Int32Array>;
}

/**
 * One-hot features are those of categories that training rows show: others are numbered behind them, where the model
 * knows no feature, so that rows of a category never seen are 0 in all.
 */
export function finishEncoding(fitting: Fitting): Recoding {
  const codes = new Map<number, Int32Array>();
  const columns = fitting.columns.slice();
  const encodings = fitting.states.map((state, column): ColumnEncoding => {
    if (isScaled(state)) {
      const { fill, shift, scale } = state;
      return { type: 'number', column, fill, shift, scale };
    }
    const seen = seenCodes(fitting, column);
    const all = fitting.columns[column]!.categories!;
    const shown = new Set(seen);
    const order = [...seen, ...Array.from(all.keys()).filter((code) => !shown.has(code))];
    if (order.some((code, i) => code !== i)) {
      const renumbered = new Int32Array(all.length);
      for (const [code, old] of order.entries()) renumbered[old] = code;
      codes.set(column, renumbered);
      columns[column] = { ...fitting.columns[column]!, categories: order.map((code) => all[code]!) };
    }
    const fill = state.fill === null ? -1 : order.indexOf(state.fill);
    return { type: 'one_hot', column, categories: seen.length, fill: fill >= 0 && fill < seen.length ? fill : null };
  });
  return { encoding: { columns: encodings }, columns, codes };
}

/** In ascending order; throws E_DATA_MISSING_CELLS where no training row has any. */
function seenCodes({ train, states, columns }: Fitting, index: number): readonly number[] {
  const seen = new Set<number>();
  const fill = states[index]!.fill ?? Number.NaN;
  for (let row = 0; row < train.rows; row++) {
    const stored = train.features[row * columns.length + index]!;
    const code = Number.isNaN(stored) ? fill : stored;
    if (!Number.isNaN(code)) seen.add(code);
  }
  if (seen.size > 0) return [...seen].sort((a, b) => a - b);
  const { name } = columns[index]!;
  throw new SowerError('E_DATA_MISSING_CELLS', `column ${name} is empty in all ${train.rows} training rows`, {
    where: 'train.data.prepare',
    fix: `leave it out: "columns: {${nameInYaml(name)}: ignore}" in train.data`,
  });
}

/** Rows with the new codes in place; the same object where none changes. */
export function recode(rows: Examples, codes: Recoding['codes'], width: number): Examples {
  if (codes.size === 0) return rows;
  const features = rows.features.slice();
  for (const [column, renumbered] of codes) {
    for (let at = column; at < features.length; at += width) {
      const code = features[at]!;
      if (!Number.isNaN(code)) features[at] = renumbered[code]!;
    }
  }
  return { ...rows, features };
}
