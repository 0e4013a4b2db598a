/** A large file from the network to the disk, with a line now and then. */
import { createWriteStream } from 'node:fs';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ReadableStream } from 'node:stream/web';
import { formatBytes } from '../../shared/view/format.ts';
import type { Say } from './plan.ts';

/** Lines of progress in one download. */
const LINES = 4;

/** A connection over which nothing comes for so long is given up. */
const SILENCE_MS = 60_000;

export async function downloadFile(
  url: string,
  headers: Readonly<Record<string, string>>,
  path: string,
  say: Say,
): Promise<void> {
  const abort = new AbortController();
  const silence = setTimeout(() => abort.abort(new Error('nothing came for a minute')), SILENCE_MS);
  try {
    const response = await fetch(url, { headers, signal: abort.signal });
    if (!response.ok || response.body === null) throw new Error(`HTTP ${response.status}`);
    const total = Number(response.headers.get('content-length') ?? 0);
    let done = 0;
    let said = 0;
    const progress = new Transform({
      transform(chunk: Buffer, _, next) {
        silence.refresh();
        done += chunk.length;
        const share = total === 0 ? 0 : Math.floor((done / total) * LINES);
        if (share > said) {
          said = share;
          say(`  ${formatBytes(done)} of ${formatBytes(total)}`);
        }
        next(null, chunk);
      },
    });
    await pipeline(Readable.fromWeb(response.body as ReadableStream), progress, createWriteStream(path));
  } finally {
    clearTimeout(silence);
  }
}
