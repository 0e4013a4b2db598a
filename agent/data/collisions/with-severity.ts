/** The city's table in the form of the generated one: its target, taken out of the MO codes, and the columns that are used. */

import { SowerError } from '../../../shared/kernel/errors.ts';
import { deriveKey, drawUniform } from '../../../shared/kernel/random.ts';
import type { TextColumn, TextTable } from '../table/text-table.ts';
import { circumstancesOfCodes, severityOfCodes } from './severity.ts';

/** Of about 600,000: more add seconds to every epoch and little to the answer. */
export const MOST_COLLISIONS = 60_000;

const CODES = 'MO Codes';
const USED = [
  'Time Occurred',
  'Area Name',
  CODES,
  'Victim Age',
  'Victim Sex',
  'Victim Descent',
  'Premise Description',
] as const;

/**
 * Rows whose codes say nothing of severity are left out; of more than `most` that many are drawn, the same ones of the
 * same table always, and stay in their order. Throws E_DATA_COLUMN, E_DATA_LABEL where no row is left.
 */
export function withSeverity(table: TextTable, most = MOST_COLLISIONS): TextTable {
  const used = USED.map((name) => columnOf(table, name));
  const codes = columnOf(table, CODES);
  const severities = codes.words.map(severityOfCodes);
  const known = Array.from(codes.cells.keys()).filter((row) => (severities[codes.cells[row]!] ?? null) !== null);
  if (known.length === 0) {
    throw new SowerError('E_DATA_LABEL', 'no row has an MO code of severity (3024 to 3028)', {
      where: table.path,
      fix: 'put the CSV there that the city exports, with its MO codes as they are',
    });
  }
  const rows = drawn(known, most);
  const columns = [
    ...used.map((column) => takeRows(column, rows, column === codes ? circumstancesOfCodes : (word) => word)),
    { ...takeRows(codes, rows, (word) => severityOfCodes(word) ?? ''), name: 'Severity' },
  ];
  return { path: table.path, columns, rows: rows.length, lines: Int32Array.from(rows, (row) => table.lines[row]!) };
}

function columnOf({ columns, path }: TextTable, name: string): TextColumn {
  const found = columns.find((column) => column.name === name);
  if (found !== undefined) return found;
  throw new SowerError('E_DATA_COLUMN', `the table has no column "${name}"`, {
    where: path,
    fix: 'put the CSV of "Traffic Collision Data from 2010 to Present" there, as the city exports it with its header',
  });
}

function drawn(rows: readonly number[], most: number): readonly number[] {
  if (rows.length <= most) return rows;
  const key = deriveKey('collisions', 'rows');
  const places = Float64Array.from(rows, (_, i) => drawUniform(key, i));
  const limit = places.toSorted()[most]!;
  return rows.filter((_, i) => places[i]! < limit);
}

/** Words that none of `rows` has are none; an empty one is a missing cell. */
function takeRows({ name, words, cells }: TextColumn, rows: readonly number[], write: (word: string) => string) {
  const [kept, codeOf, codeOfCell]: [string[], Map<string, number>, Map<number, number>] = [[], new Map(), new Map()];
  const codeFor = (word: string) => {
    if (word === '') return -1;
    const code = codeOf.get(word) ?? kept.push(word) - 1;
    codeOf.set(word, code);
    return code;
  };
  const taken = Int32Array.from(rows, (row) => {
    const cell = cells[row]!;
    if (cell < 0) return -1;
    const code = codeOfCell.get(cell) ?? codeFor(write(words[cell]!));
    codeOfCell.set(cell, code);
    return code;
  });
  return { name, words: kept, cells: taken };
}
