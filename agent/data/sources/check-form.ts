import { extname } from 'node:path';
import { SowerError } from '../../../shared/kernel/errors.ts';
import type { DataFile } from '../../../shared/sweep/train/data-config.ts';
import { readHead } from '../data-file.ts';
import type { LocatedData } from './locate.ts';

const NAMES = { csv: 'a CSV', tsv: 'a TSV', npz: 'an NPZ' } as const;

/** Office programs pack their files as zip archives, too. */
const DOCUMENT = /^\.(xls[xmb]|od[st]|docx|numbers)$/i;

/** Throws E_DATA_FORMAT for a folder where a file is expected, and a file that only its ending takes for pictures. */
export async function checkForm({ kind, path, format }: LocatedData, file: DataFile): Promise<void> {
  const wrong = (message: string, fix: string) => new SowerError('E_DATA_FORMAT', message, { where: path, fix });
  if (kind === 'folder' && (format === 'csv' || format === 'tsv' || format === 'npz')) {
    const fix = 'name a file in it, or say format: images or npy of a folder of these';
    throw wrong(`this is a folder, expected ${NAMES[format]} file`, fix);
  }
  if (kind === 'folder' || format !== 'images') return;
  const { head } = await readHead(path, 2);
  const ending = extname(file.path ?? file.url ?? '');
  if (Buffer.from(head).toString('latin1') === 'PK' && !DOCUMENT.test(ending)) return;
  const what =
    ending === '' || /^\.zip$/i.test(ending)
      ? 'this is no zip archive of pictures'
      : `${ending} is no format that is read`;
  throw wrong(
    what,
    'save a table as CSV, arrays as NPZ; where only the ending differs, say format: csv, tsv, npz or npy',
  );
}
