import { createHash } from 'node:crypto';
import type { DoneRecord, SowerEvent, SweepEntry } from '../../shared/protocol/index.ts';

/**
 * One line of the journal: what the server would need to be told again if it lost it. `seq` is the sequence in EVENTS of
 * the event itself, or of the event that decided a record.
 */
export type JournalEntry =
  /** Sequences from here on belong to the EVENTS stream that was created then. */
  | { readonly k: 'stream'; readonly created: string; readonly seq: number }
  | { readonly k: 'sweep'; readonly entry: SweepEntry }
  | { readonly k: 'event'; readonly seq: number; readonly event: SowerEvent }
  | { readonly k: 'done'; readonly seq: number; readonly record: DoneRecord }
  /** Everything up to `seq` is folded. */
  | { readonly k: 'cursor'; readonly seq: number };

export const CHAIN_START = '0'.repeat(32);
const HASH_CHARS = CHAIN_START.length;

/** The running hash: 128 bits of SHA-256 over the hash before and this line's text. */
export function chainHash(before: string, text: string): string {
  return createHash('sha256').update(before).update(text).digest('hex').slice(0, HASH_CHARS);
}

/** `<hash> <json>`, without the line break. */
export function journalLine(before: string, entry: JournalEntry): { readonly hash: string; readonly line: string } {
  const text = JSON.stringify(entry);
  const hash = chainHash(before, text);
  return { hash, line: `${hash} ${text}` };
}

/** The entry of a line, or null where the line does not continue the chain. */
export function readLine(before: string, line: string): { readonly hash: string; readonly entry: JournalEntry } | null {
  const hash = line.slice(0, HASH_CHARS);
  const text = line.slice(HASH_CHARS + 1);
  if (line[HASH_CHARS] !== ' ' || chainHash(before, text) !== hash) return null;
  return { hash, entry: JSON.parse(text) as JournalEntry };
}
