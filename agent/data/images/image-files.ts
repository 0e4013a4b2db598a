/** Pictures in a folder or in a zip archive of one, whichever it is. */
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { SowerError } from '../../../shared/kernel/errors.ts';
import { readArchiveFile, withArchive } from '../archive/zip.ts';
import { listFolder } from '../sources/folder-archive.ts';

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
  if (found.isDirectory()) {
    const files = await listFolder(path).catch((cause) => {
      throw cause instanceof SowerError ? cause : unreadable(path, cause);
    });
    return use(files.filter(isVisible).map(({ name }) => ({ name, read: () => readImage(join(path, name)) })));
  }
  return withArchive(path, (files) =>
    use(byName(files.filter(isVisible).map((file) => ({ name: file.name, read: () => readArchiveFile(file) })))),
  );
}

/** What systems leave behind in folders and archives. */
const isVisible = ({ name }: { readonly name: string }) =>
  name.split('/').every((part) => !part.startsWith('.') && part !== '__MACOSX' && part !== 'Thumbs.db');

/** The order of the code units, which is that of every machine. */
const byName = (files: readonly ImageFile[]) => files.toSorted((a, b) => (a.name < b.name ? -1 : 1));

function readImage(path: string): Promise<Uint8Array> {
  return readFile(path).catch((cause) => {
    throw unreadable(path, cause);
  });
}

function unreadable(path: string, cause: NodeJS.ErrnoException): SowerError {
  return new SowerError('E_DATA_READ', `cannot read it (${cause.code})`, {
    where: path,
    fix: 'let the user of the agent read it, or name another folder',
    cause,
  });
}
