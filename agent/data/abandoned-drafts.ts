import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** Nothing is written for so long: whoever began it was killed. */
const ABANDONED_MS = 24 * 3_600_000;

/**
 * Removes what processes that were killed left behind where files are written as `*.part` first: each attempt leaves its
 * own, and they may be gigabytes. A folder that cannot be read or cleared is left as it is.
 */
export async function removeAbandonedDrafts(folder: string): Promise<void> {
  for (const name of await readdir(folder).catch(() => [])) {
    if (!name.endsWith('.part')) continue;
    const path = join(folder, name);
    const found = await stat(path).catch(() => null);
    if (found === null || Date.now() - found.mtimeMs < ABANDONED_MS) continue;
    await rm(path, { recursive: true, force: true }).catch(() => undefined);
  }
}
