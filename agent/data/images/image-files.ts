/** Pictures in a folder or in a zip archive of one, whichever it is. */
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { SowerError } from '../../../shared/kernel/errors.ts';
import { readArchiveFile, withArchive } from '../archive/zip.ts';

export interface ImageFile {
  /** From the folder, its parts joined by `/`. */
  readonly name: string;
  read(): Promise<Uint8Array>;
}

/** Gives all files to `use`, by name. Throws E_DATA_READ, and of archives what `withArchive` throws. */
export async function withImageFiles<T>(path: string, use: (files: readonly ImageFile[]) => Promise<T>): Promise<T> {
  const found = await stat(path).catch((cause) => {
    throw unreadable(path, cause);
  });
  if (found.isDirectory()) return use(byName(await listFolder(path)));
  return withArchive(path, (files) => {
    const visible = files.filter(({ name }) => name.split('/').every(isVisible));
    return use(byName(visible.map((file) => ({ name: file.name, read: () => readArchiveFile(file) }))));
  });
}

/** What systems leave behind in folders and archives. */
const isVisible = (name: string) => !name.startsWith('.') && name !== '__MACOSX' && name !== 'Thumbs.db';

/** The order of the code units, which is that of every machine. */
const byName = (files: readonly ImageFile[]) => files.toSorted((a, b) => (a.name < b.name ? -1 : 1));

async function listFolder(folder: string): Promise<readonly ImageFile[]> {
  const files: ImageFile[] = [];
  const visit = async (inside: string): Promise<void> => {
    const entries = await readdir(join(folder, inside), { withFileTypes: true }).catch((cause) => {
      throw unreadable(join(folder, inside), cause);
    });
    for (const entry of entries) {
      if (!isVisible(entry.name)) continue;
      const name = inside === '' ? entry.name : `${inside}/${entry.name}`;
      if (entry.isSymbolicLink()) throw isLink(join(folder, name));
      if (entry.isDirectory()) await visit(name);
      else if (entry.isFile()) files.push({ name, read: () => readImage(join(folder, name)) });
    }
  };
  await visit('');
  return files;
}

function readImage(path: string): Promise<Uint8Array> {
  return readFile(path).catch((cause) => {
    throw unreadable(path, cause);
  });
}

/** It would lead another machine, or another day, to other bytes. */
function isLink(path: string): SowerError {
  return new SowerError('E_DATA_READ', 'it is a symbolic link', { where: path, fix: 'put the file itself there' });
}

function unreadable(path: string, cause: NodeJS.ErrnoException): SowerError {
  return new SowerError('E_DATA_READ', `cannot read it (${cause.code})`, {
    where: path,
    fix: 'let the user of the agent read it, or name another folder',
    cause,
  });
}
