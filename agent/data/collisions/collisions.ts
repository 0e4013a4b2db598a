import type { PrepareStep } from '../../../shared/sweep/train/data-config.ts';
import type { Examples } from '../../engine/port.ts';
import type { RawDataSet } from '../data-set.ts';
import { rowsOfText } from '../table/open-table.ts';
import { parseText, type TextTable } from '../table/text-table.ts';
import { drawCollisions } from './draw-collisions.ts';

/** What says nothing of severity, says it twice, or is a text of its own in nearly every row. */
const IGNORED = [
  'DR Number',
  'Date Reported',
  'Date Occurred',
  'Area ID',
  'Reporting District',
  'Crime Code',
  'Crime Code Description',
  'Premise Code',
  'Address',
  'Cross Street',
  'Location',
];

/** Used as they are: time and age as numbers, area, codes, sex, descent and premise as categories. */
const COLUMNS = {
  ...Object.fromEntries(IGNORED.map((name) => [name, 'ignore' as const])),
  'MO Codes': 'category',
} as const;

let drawn: TextTable | null = null;

/** The generated table, read and prepared as a file is. */
export function openCollisions(name: string, prepare: readonly PrepareStep[]): RawDataSet<Examples> {
  drawn ??= parseText(Buffer.from(drawCollisions()), name);
  return rowsOfText(name, drawn, { target: 'Severity', predict: 'classes', columns: COLUMNS }, prepare);
}
