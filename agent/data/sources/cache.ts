/**
 * Data of a home folder by SHA-256: `<cache>/data/<sha256>` is a file or an unpacked folder, `<sha256>.at` names a place
 * outside that held these bytes. Processes share it: each name appears in one step, and whoever reads it checks the hash.
 */
import { createHash, randomUUID } from 'node:crypto';
import { mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { writeFileAtomically } from '../../../shared/process/atomic-file.ts';
import { removeAbandonedDrafts } from '../abandoned-drafts.ts';
import { type Contents, contentsAt } from './contents.ts';
import { unpackArchive } from './unpack-archive.ts';
import { wrongHash } from './wrong-hash.ts';

export function cachedPath(cacheDir: string, sha256: string): string {
  return join(cacheDir, 'data', sha256);
}

const notePath = (cacheDir: string, sha256: string) => `${cachedPath(cacheDir, sha256)}.at`;

/** Remembers where bytes lie, so that what reads this cache need not copy them. `path` is absolute. */
export function notePlace(cacheDir: string, sha256: string, path: string): Promise<void> {
  return writeFileAtomically(notePath(cacheDir, sha256), `${path}\n`);
}

export async function notedPlace(cacheDir: string, sha256: string): Promise<string | null> {
  const text = await readFile(notePath(cacheDir, sha256), 'utf8').catch(() => null);
  return text === null ? null : text.trimEnd();
}

export interface Incoming {
  readonly kind: Contents['kind'];
  /** Of a folder, its archive. */
  readonly pieces: AsyncIterable<Uint8Array>;
  /** Where they come from, for messages. */
  readonly where: string;
}

/**
 * Takes bytes into the cache, in place of damaged ones that lie there. They must have the SHA-256 that is expected, where
 * one is; returns the one they have. Throws E_DATA_HASH, E_ARCHIVE_PATH, E_DATA_FORMAT, and what the disk refuses.
 */
export async function keepInCache(cacheDir: string, expected: string | null, incoming: Incoming): Promise<string> {
  const { kind, pieces, where } = incoming;
  const draft = join(cacheDir, 'data', `${randomUUID()}.part`);
  await removeAbandonedDrafts(dirname(draft));
  await mkdir(kind === 'folder' ? draft : dirname(draft), { recursive: true });
  try {
    const hash = createHash('sha256');
    const written = kind === 'folder' ? unpackArchive(pieces, draft, where) : writePieces(pieces, draft);
    for await (const piece of written) hash.update(piece);
    const sha256 = hash.digest('hex');
    if (expected !== null && sha256 !== expected) {
      throw wrongHash(
        where,
        sha256,
        expected,
        'what is stored there was damaged or replaced: bring the right data there',
      );
    }
    await replace(draft, cachedPath(cacheDir, sha256), sha256);
    return sha256;
  } catch (error) {
    await rm(draft, { recursive: true, force: true });
    throw error;
  }
}

async function* writePieces(pieces: AsyncIterable<Uint8Array>, path: string): AsyncGenerator<Uint8Array> {
  const file = await open(path, 'wx');
  try {
    for await (const piece of pieces) {
      await file.writeFile(piece);
      yield piece;
    }
    await file.sync();
  } finally {
    await file.close();
  }
}

/** A folder does not give way to another by itself; where another process was faster, its copy stays. */
async function replace(draft: string, path: string, sha256: string): Promise<void> {
  try {
    await rename(draft, path);
  } catch (error) {
    if ((await contentsAt(path).catch(() => null))?.sha256 !== sha256) {
      await rm(path, { recursive: true, force: true });
      await rename(draft, path);
      return;
    }
    if (!['ENOTEMPTY', 'EEXIST', 'ENOTDIR', 'EISDIR', 'EPERM'].includes((error as NodeJS.ErrnoException).code ?? '')) {
      throw error;
    }
    await rm(draft, { recursive: true, force: true });
  }
}
