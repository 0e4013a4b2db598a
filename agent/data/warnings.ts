/** What is likely to be wrong with a data set, in words. */
import { show } from '../../shared/sweep/finding.ts';
import type { ColumnSummary } from './column-summary.ts';
import type { DataSet } from './data-set.ts';
import { describeUntrained } from './untrained-classes.ts';

/** Beyond this ratio of rows a model that always says the commoner class looks good. */
const UNEQUAL = 3;

/** Shares of the rows from which a column is more gaps than values, and from which its values name single rows. */
const MOSTLY = 0.5;
const NEARLY_ALL = 0.9;
const FEW_ROWS = 20;

const DECIMAL_COMMA = /^[+-]?\d+,\d+$/;

/** Of the training part. */
interface Trained {
  readonly rows: number;
  readonly classRows: readonly number[] | null;
}

export function warningsOf(data: DataSet, train: Trained, columns: readonly ColumnSummary[] | null): readonly string[] {
  return [
    ...describeUntrained(data),
    ...singleRows(train, data.classes),
    ...imbalance(train, data.classes),
    ...(columns ?? []).flatMap((column) => columnWarnings(column, train.rows)),
  ];
}

/** Prices, taken for classes, are nearly as many classes as there are rows. */
function singleRows({ rows, classRows }: Trained, classes: readonly string[] | null): readonly string[] {
  const present = (classRows ?? []).filter((count) => count > 0).length;
  if (classes === null || rows < FEW_ROWS || present < MOSTLY * rows) return [];
  const fix = classes.every((name) => Number.isFinite(Number(name)))
    ? 'say predict: numbers in the sweep file if they are numbers to predict, or name another target'
    : 'name another target';
  return [`${rows} training rows are of ${present} classes, too few rows of each to learn from; ${fix}`];
}

function imbalance({ classRows }: Trained, classes: readonly string[] | null): readonly string[] {
  if (classRows === null || classes === null) return [];
  const shown = classRows.map((rows, label) => ({ rows, name: classes[label] })).filter(({ rows }) => rows > 0);
  const [least, most] = [shown, shown].map((all, i) =>
    all.reduce((best, one) => ((i === 0 ? one.rows < best.rows : one.rows > best.rows) ? one : best), all[0]!),
  );
  if (least === undefined || most === undefined || most.rows < UNEQUAL * least.rows) return [];
  const times = (most.rows / least.rows).toFixed(1).replace(/\.0$/, '');
  return [
    `classes are unequal: ${most.name} has ${times} times the training rows of ${least.name}, so accuracy alone says little; look at F1`,
  ];
}

function columnWarnings(column: ColumnSummary, rows: number): readonly string[] {
  const { name, missing, values, step, categories, strays } = column;
  const warnings: string[] = [];
  const present = rows - missing;
  if (present === 0) return [`column ${name} has no value at all`];
  const only = categories === null ? (values!.min === values!.max ? String(values!.min) : null) : onlyOne(categories);
  if (only !== null) warnings.push(`column ${name} is ${only} in every row that has a value: it tells nothing`);
  if (missing >= MOSTLY * rows) warnings.push(`column ${name} is missing in ${missing} of ${rows} rows`);
  if (step !== null && present >= FEW_ROWS) {
    warnings.push(
      `column ${name} differs in every row and goes on by ${step}, as a row number does: drop it unless it says something of its row`,
    );
  }
  const commas = (categories ?? []).filter(({ name: word }) => DECIMAL_COMMA.test(word));
  if (commas.length > 0 && commas.length >= MOSTLY * categories!.length) {
    warnings.push(
      `column ${name} holds numbers with decimal commas, such as ${show(commas[0]!.name)}, which are taken for categories: write points`,
    );
  } else if (strays !== null) {
    const cells = strays.cells === 1 ? '1 cell is' : `${strays.cells} cells are`;
    warnings.push(
      `column ${name} holds numbers but ${cells} none, ${show(strays.word)} in line ${strays.line} the first: it is taken for categories unless coerce is among the steps`,
    );
  } else if (categories !== null && rows >= FEW_ROWS && categories.length > NEARLY_ALL * present) {
    warnings.push(`column ${name} differs in nearly every row, as an id does: it teaches nothing about other rows`);
  }
  return warnings;
}

function onlyOne(categories: readonly { readonly name: string; readonly rows: number }[]): string | null {
  const used = categories.filter(({ rows }) => rows > 0);
  return used.length === 1 ? `"${used[0]!.name}"` : null;
}
