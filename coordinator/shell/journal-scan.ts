import { createReadStream } from 'node:fs';
import { CHAIN_START, type JournalEntry, readLine } from './journal-entry.ts';

export interface JournalScan {
  readonly lines: number;
  /** Bytes of the lines that continue the chain. */
  readonly goodBytes: number;
  /** Bytes behind them: a torn last line, or everything after damage. */
  readonly restBytes: number;
  readonly hash: string;
  /** True where a whole line does not continue the chain; a line without its end is only torn. */
  readonly damaged: boolean;
}

/**
 * Reads the journal from its start, checking the chain, and hands every entry to `visit`. Resolves null where there is no
 * file. Memory stays that of a line.
 */
export async function scanJournal(
  path: string,
  visit: (entry: JournalEntry, hash: string, line: number) => void | Promise<void>,
): Promise<JournalScan | null> {
  let [lines, goodBytes, totalBytes, hash, damaged] = [0, 0, 0, CHAIN_START, false];
  let rest: Buffer = Buffer.alloc(0);
  try {
    for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) {
      totalBytes += (chunk as Buffer).length;
      if (damaged) continue;
      const bytes = rest.length === 0 ? (chunk as Buffer) : Buffer.concat([rest, chunk as Buffer]);
      let from = 0;
      for (let end = bytes.indexOf(10, from); end >= 0; end = bytes.indexOf(10, from)) {
        const read = readLine(hash, bytes.toString('utf8', from, end));
        if (read === null) {
          damaged = true;
          break;
        }
        goodBytes += end + 1 - from;
        from = end + 1;
        hash = read.hash;
        lines++;
        await visit(read.entry, hash, lines);
      }
      rest = bytes.subarray(from);
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
  return { lines, goodBytes, restBytes: totalBytes - goodBytes, hash, damaged };
}
