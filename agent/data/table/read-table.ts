import { stat } from 'node:fs/promises';
import { SowerError } from '../../../shared/kernel/errors.ts';
import { readDataFile, unpack } from '../data-file.ts';
import { type Table, type TypeOptions, typeTable } from './table.ts';
import { parseText, type TextOptions, type TextTable } from './text-table.ts';

/** A larger file would not fit into the memory of a slot as words. */
const MOST_BYTES = 512 * 1024 * 1024;

/**
 * Reads a CSV or TSV file, plain or packed with gzip. Throws E_DATA_READ, E_DATA_FORMAT, E_DATA_ROW with file and line,
 * E_DATA_COLUMN, E_DATA_SIZE.
 */
export async function readTable(path: string, options: TextOptions & TypeOptions = {}): Promise<Table> {
  return typeTable(await readTextTable(path, options), options);
}

/** The same with its cells as they were written. */
export async function readTextTable(path: string, options: TextOptions = {}): Promise<TextTable> {
  const bytes = (await stat(path).catch(() => null))?.size ?? 0;
  checkSize(bytes, path);
  const read = await readDataFile(path);
  // A file in a cache is named after its hash and not after how it is packed.
  const text = read[0] === 0x1f && read[1] === 0x8b ? await unpack(read, path) : read;
  checkSize(text.length, path);
  return parseText(text, path, options);
}

function checkSize(bytes: number, path: string): void {
  if (bytes <= MOST_BYTES) return;
  const [have, most] = [bytes, MOST_BYTES].map((count) => `${Math.ceil(count / 1e6)} MB`);
  throw new SowerError('E_DATA_SIZE', `the table has ${have}, at most ${most} are read`, {
    where: path,
    fix: 'cut it into fewer rows, or save what is needed of it as NPZ',
  });
}
