/** Puts a sweep's data where its agents find it. */
import { cachedPath, notePlace } from '../../agent/data/sources/cache.ts';
import { type Contents, contentsAt, piecesOf } from '../../agent/data/sources/contents.ts';
import { noteProgress } from '../../agent/data/sources/progress.ts';
import type { ObjectShelf } from '../../shared/bus/port.ts';
import { EXIT, SowerError } from '../../shared/kernel/errors.ts';
import { formatBytes } from '../../shared/view/format.ts';
import type { PinnedData } from './pin-data.ts';

/**
 * For agents of this home folder: its cache says where the person's files lie, so that nothing is copied. Throws
 * E_DATA_MISSING where nobody has it.
 */
export async function noteData(
  data: readonly PinnedData[],
  shelf: Pick<ObjectShelf, 'find'>,
  cacheDir: string,
): Promise<void> {
  for (const { sha256, title, local, url } of data) {
    if (local !== null) await notePlace(cacheDir, sha256, local.path);
    else if (url === null && !(await isCached(sha256, cacheDir)) && (await shelf.find(sha256)) === null) {
      throw nowhere(sha256, title);
    }
  }
}

async function isCached(sha256: string, cacheDir: string): Promise<boolean> {
  return (await contentsAt(cachedPath(cacheDir, sha256)))?.sha256 === sha256;
}

/** For agents anywhere: into the object store, unless it is there. Throws E_DATA_MISSING where nobody has it. */
export async function stockData(
  data: readonly PinnedData[],
  shelf: Pick<ObjectShelf, 'find' | 'putPieces'>,
  notify: (line: string) => void,
): Promise<void> {
  for (const { sha256, title, local, url } of data) {
    if (local !== null) await pushContents(local, title, shelf, notify);
    else if (url === null && (await shelf.find(sha256)) === null) throw nowhere(sha256, title);
  }
}

/** `exists` where it is stored already. The bytes are hashed again on their way. */
export async function pushContents(
  contents: Contents,
  title: string,
  shelf: Pick<ObjectShelf, 'find' | 'putPieces'>,
  notify: (line: string) => void,
): Promise<'stored' | 'exists'> {
  const { sha256: name, kind, bytes } = contents;
  if ((await shelf.find(name)) !== null) return 'exists';
  notify(`storing ${title} (${formatBytes(bytes)}) on the server`);
  return shelf.putPieces({ name, title, kind }, () => noteProgress(piecesOf(contents), bytes, notify));
}

function nowhere(sha256: string, title: string): SowerError {
  const message = `it is neither here nor in the object store (SHA-256 ${sha256.slice(0, 12)}...)`;
  return new SowerError('E_DATA_MISSING', message, {
    where: title,
    fix: 'put the file beside the sweep file, or store it with "sower data push"',
    exit: EXIT.notFound,
  });
}
