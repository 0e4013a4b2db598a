/** Some files out of a large zip archive, without a program that may not be installed and without holding it in memory. */
import { createWriteStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { withArchive } from '../../agent/data/archive/zip.ts';

/**
 * Writes each entry to the path that `target` gives, leaving out those for which it gives null; counts what it wrote.
 * Throws as `withArchive`.
 */
export function unpackZip(path: string, target: (entry: string) => string | null): Promise<number> {
  return withArchive(path, async (files) => {
    let count = 0;
    for (const file of files) {
      const place = target(file.name);
      if (place === null) continue;
      await mkdir(dirname(place), { recursive: true });
      await pipeline(await file.open(), createWriteStream(place));
      count++;
    }
    return count;
  });
}
