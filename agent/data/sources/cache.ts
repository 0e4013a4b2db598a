/**
 * Data of a home folder by SHA-256: `<cache>/data/<sha256>` is a file or an unpacked folder, `<sha256>.at` names a place
 * outside that held these bytes. Processes share it: each name appears in one step, and whoever reads it checks the hash.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeFileAtomically } from '../../../shared/process/atomic-file.ts';

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
