import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { SavedSweep } from '../core/sweep/index.ts';

/** The folded state of all sweeps at one place of the log, and the place of the journal at that moment. */
export interface CoordinatorSnapshot {
  readonly version: 1;
  readonly created: string;
  /** Everything up to here is folded. */
  readonly cursor: number;
  readonly lines: number;
  readonly hash: string;
  readonly sweeps: readonly SavedSweep[];
  /** Sweeps that are over, whose events are not folded any more. */
  readonly ended: readonly { readonly sweep: string; readonly planned: number }[];
}

/** Two lines: the SHA-256 of the second, and the JSON. */
export function snapshotText(snapshot: CoordinatorSnapshot): string {
  const text = JSON.stringify(snapshot);
  return `${sha256(text)}\n${text}\n`;
}

export async function readSnapshot(
  path: string,
): Promise<{ readonly value: CoordinatorSnapshot | null; readonly problem: string | null }> {
  let file: string;
  try {
    file = await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { value: null, problem: null };
    throw error;
  }
  const [hash = '', text = ''] = file.split('\n', 2);
  if (hash !== sha256(text)) return { value: null, problem: 'its snapshot is damaged' };
  return { value: JSON.parse(text) as CoordinatorSnapshot, problem: null };
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
