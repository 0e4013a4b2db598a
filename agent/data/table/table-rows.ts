/** A table as rows to learn from: one column is what is to be predicted, the others are features. */
import { SowerError } from '../../../shared/kernel/errors.ts';
import { show } from '../../../shared/sweep/finding.ts';
import type { Examples } from '../../engine/port.ts';
import { hashContents, hashTable, type RawDataSet } from '../data-set.ts';
import { nameInYaml } from './cells.ts';
import { missingIn } from './row-steps.ts';
import type { CategoryColumn, Column, NumberColumn, Table } from './table.ts';

/** More are numbers that somebody forgot to call so. */
const MOST_CLASSES = 1000;

/**
 * Features as they are, in float32: numbers, codes of categories, NaN where a cell is missing. The hash includes the names
 * of columns and categories. Throws E_DATA_LABEL, E_DATA_FORMAT.
 */
export function rowsOfTable(name: string, table: Table, target: string): RawDataSet<Examples> {
  const column = table.columns.find((candidate) => candidate.name === target)!;
  const features = table.columns.filter((candidate) => candidate !== column);
  if (features.length === 0) {
    const fix = 'add columns to predict it from, or say in train.data which delimiter stands between cells';
    throw new SowerError('E_DATA_FORMAT', `the table has no column but ${target}`, { where: table.path, fix });
  }
  checkTargets(table, column);
  for (const each of table.columns) checkRange(each, table);
  const labels = column.type === 'number' ? Float32Array.from(column.values) : column.codes.slice();
  const classes = column.type === 'number' ? null : classesOf(table, column);
  const train = { features: rowMajor(features, table.rows), shape: [features.length], labels, rows: table.rows };
  const columns = features.map((feature) => ({
    name: feature.name,
    type: feature.type,
    categories: feature.type === 'number' ? null : feature.categories,
    strays: feature.type === 'number' ? null : feature.strays,
  }));
  const hash = hashTable(hashContents(train, null, classes), columns, target);
  return { name, train, test: null, classes, columns, hash };
}

function rowMajor(columns: readonly Column[], rows: number): Float32Array {
  const features = new Float32Array(rows * columns.length);
  for (const [i, column] of columns.entries()) {
    const cells = cellsOf(column);
    for (let row = 0; row < rows; row++) features[row * columns.length + i] = cells(row);
  }
  return features;
}

function cellsOf(column: NumberColumn | CategoryColumn): (row: number) => number {
  if (column.type === 'number') return (row) => column.values[row]!;
  return (row) => (column.codes[row]! < 0 ? Number.NaN : column.codes[row]!);
}

/** Larger numbers would become infinite where a model reads them. */
function checkRange(column: Column, { lines, path }: Table): void {
  if (column.type === 'category') return;
  const row = column.values.findIndex((value) => !Number.isFinite(Math.fround(value)) && !Number.isNaN(value));
  if (row < 0) return;
  throw new SowerError('E_DATA_ROW', `${column.values[row]} in column ${column.name} is too large for a float32`, {
    where: `${path}:${lines[row]}`,
    fix: 'write smaller numbers, or drop the row with "- drop_rows: {above: 1e38}"',
  });
}

function checkTargets({ path, rows, lines }: Table, target: Column): void {
  const isMissing = missingIn(target);
  const missing = Array.from({ length: rows }, (_, row) => row).filter(isMissing);
  if (missing.length === 0) return;
  const more = missing.length === 1 ? '' : ` and of ${missing.length - 1} more`;
  throw new SowerError('E_DATA_LABEL', `${target.name}, which is to be predicted, is missing in this row${more}`, {
    where: `${path}:${lines[missing[0]!]}`,
    fix: `add "- drop_rows: {missing: true, columns: [${nameInYaml(target.name)}]}" to train.data.prepare`,
  });
}

function classesOf({ path, rows }: Table, { name, categories }: CategoryColumn): readonly string[] {
  if (categories.length === 1) {
    throw new SowerError(
      'E_DATA_LABEL',
      `${rows === 1 ? 'the one row has' : `all ${rows} rows have`} ${show(categories[0])} as ${name}`,
      {
        where: path,
        fix: 'give rows of at least two classes: there is nothing to tell apart',
      },
    );
  }
  if (categories.length > MOST_CLASSES) {
    throw new SowerError('E_DATA_LABEL', `${name} has ${categories.length} different values, too many for classes`, {
      where: path,
      fix: 'say predict: numbers, or name another target',
    });
  }
  return categories;
}
