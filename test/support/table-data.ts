/** Tables in the text of a test, opened and prepared as a trial opens them. */

import type { DataSet, RawDataSet } from '../../agent/data/data-set.ts';
import { prepareData } from '../../agent/data/prepare/prepare.ts';
import { splitData } from '../../agent/data/split.ts';
import { rowsOfText } from '../../agent/data/table/open-table.ts';
import { parseText } from '../../agent/data/table/text-table.ts';
import { encodeRow, encodingPlan } from '../../agent/engine/compile/table-encoding.ts';
import type { Examples, TableEncoding } from '../../agent/engine/port.ts';
import type { DataConfig, DataFile, PrepareStep } from '../../shared/sweep/train/data-config.ts';

export interface TableAsked extends Partial<Pick<DataFile, 'target' | 'predict' | 'columns'>> {
  readonly prepare?: readonly PrepareStep[];
  readonly split?: DataConfig['split'];
}

export function rawTable(
  text: string,
  { target, predict = 'classes', columns = {}, prepare = [] }: TableAsked = {},
): RawDataSet {
  const file = { predict, columns, ...(target === undefined ? {} : { target }) };
  return rowsOfText('t', parseText(Buffer.from(text), 't.csv'), file, prepare);
}

export async function preparedTable(text: string, asked: TableAsked = {}) {
  const { prepare = [], split = {} } = asked;
  return prepareData(splitData(rawTable(text, asked), split), { name: 't', file: null, split, scale: 'unit', prepare });
}

/** The rows of a file, numbered from 0, that an unstratified split puts into each part, in the order in which they lie there. */
export function rowsOfSplit(rows: number, split: DataConfig['split']) {
  const numbered = Array.from({ length: rows }, (_, row) => `0,${row}`).join('\n');
  const { train, validation, test } = splitData(rawTable(`a,row\n${numbered}`, { predict: 'numbers' }), split);
  const [own, held, kept] = [train, validation, test].map((part) =>
    Array.from((part as Examples | null)?.labels ?? []),
  );
  return { train: own!, validation: held!, test: kept! };
}

/** The same with rows of one's own for testing. */
export async function preparedParts(train: string, test: string, asked: TableAsked = {}) {
  const whole = rawTable(`${train}\n${test}`, asked);
  const rows = train.trim().split('\n').length - 1;
  const cut = (from: number, to: number): Examples => ({
    features: whole.train.features.slice(from * whole.train.shape[0]!, to * whole.train.shape[0]!),
    labels: whole.train.labels.slice(from, to),
    shape: whole.train.shape,
    rows: to - from,
  });
  const parts: DataSet = { ...whole, train: cut(0, rows), test: cut(rows, whole.train.rows), validation: null };
  const config: DataConfig = { name: 't', file: null, split: {}, scale: 'unit', prepare: asked.prepare ?? [] };
  return prepareData(parts, config);
}

/** Rows as the model's first layer takes them. */
export function encodedRows(rows: Examples, encoding: TableEncoding): readonly (readonly number[])[] {
  const width = rows.shape[0]!;
  const plan = encodingPlan(encoding, width);
  return Array.from({ length: rows.rows }, (_, row) => {
    const into = new Float32Array(plan.entries.length);
    encodeRow(plan, rows.features, row * width, into, 0);
    return Array.from(into);
  });
}
