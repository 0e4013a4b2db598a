/** What a file or folder holds, named by its SHA-256. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { SowerError } from '../../../shared/kernel/errors.ts';
import { archiveFolder, listFolder } from './folder-archive.ts';

/** Of a folder, bytes and hash are those of its archive. */
export interface Contents {
  readonly kind: 'file' | 'folder';
  readonly path: string;
  readonly sha256: string;
  readonly bytes: number;
}

interface Known {
  readonly state: string;
  readonly contents: Contents;
}

/** Hashes of this process; the oldest is forgotten first. */
const MOST_KNOWN = 256;
const known = new Map<string, Known>();

/** Null where there is neither a file nor a folder. Reads all of it unless it did before and sees no change. */
export async function contentsAt(path: string): Promise<Contents | null> {
  const found = await stat(path).catch((error: NodeJS.ErrnoException) => {
    // A name that nothing can have is one that nothing has.
    if (['ENOENT', 'ENOTDIR', 'ENAMETOOLONG', 'ERR_INVALID_ARG_VALUE'].includes(error.code ?? '')) return null;
    throw unreadable(path, error);
  });
  if (found === null || !(found.isFile() || found.isDirectory())) return null;
  const kind = found.isFile() ? 'file' : 'folder';
  try {
    const files = kind === 'folder' ? await listFolder(path) : [];
    const state = kind === 'file' ? String([found.ino, found.size, found.mtimeMs]) : JSON.stringify(files);
    const before = known.get(path);
    if (before?.state === state) return before.contents;
    const hash = createHash('sha256');
    let bytes = 0;
    for await (const piece of kind === 'file' ? readPieces(path) : archiveFolder(path, files)) {
      hash.update(piece);
      bytes += piece.length;
    }
    const contents: Contents = { kind, path, sha256: hash.digest('hex'), bytes };
    known.delete(path);
    known.set(path, { state, contents });
    if (known.size > MOST_KNOWN) known.delete(known.keys().next().value as string);
    return contents;
  } catch (error) {
    throw unreadable(path, error);
  }
}

/** The bytes that `contents` names, piece by piece. Throws E_DATA_READ. */
export async function* piecesOf({ kind, path }: Pick<Contents, 'kind' | 'path'>): AsyncGenerator<Uint8Array> {
  try {
    yield* kind === 'file' ? readPieces(path) : archiveFolder(path, await listFolder(path));
  } catch (error) {
    throw unreadable(path, error);
  }
}

function readPieces(path: string): AsyncIterable<Uint8Array> {
  return createReadStream(path, { highWaterMark: 1 << 20 });
}

function unreadable(path: string, error: unknown): Error {
  if (error instanceof SowerError || !(error instanceof Error) || !('code' in error)) return error as Error;
  const loop = error.code === 'ELOOP';
  return new SowerError('E_DATA_READ', loop ? 'its links lead in a circle' : `cannot read it (${error.code})`, {
    where: path,
    fix: loop ? 'put the file itself there' : 'let the user of this process read it',
    cause: error,
  });
}
