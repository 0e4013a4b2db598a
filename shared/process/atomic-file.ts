import { randomUUID } from 'node:crypto';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';

/**
 * Writes a whole file or nothing: readers, and whoever writes the same file at the same time, only ever see complete
 * contents, and those survive a power cut. The folder is made if missing. A list of pieces is written one after another.
 */
export async function writeFileAtomically(
  path: string,
  contents: Uint8Array | string | readonly Uint8Array[],
): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const draft = `${path}.${randomUUID()}.part`;
  try {
    const file = await open(draft, 'w');
    try {
      if (Array.isArray(contents)) for (const piece of contents as readonly Uint8Array[]) await file.writeFile(piece);
      else await file.writeFile(contents as Uint8Array | string);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(draft, path);
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
}
