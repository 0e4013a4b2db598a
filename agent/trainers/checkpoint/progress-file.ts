/**
 * A trial in progress on this machine's disk, so that whoever tries it next on the same home goes on from there. One file
 * that is replaced as a whole holds the run (weights, optimizer, counters), the best weights so far and the trial's state,
 * so they never disagree. It is worth nothing elsewhere: other data, code or processors give other bits.
 */
import { createHash } from 'node:crypto';
import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { writeFileAtomically } from '../../../shared/process/atomic-file.ts';
import type { ParameterTensor } from '../../engine/port.ts';
import { describedContents, extendCheckpoint, splitCheckpoint } from './safetensors.ts';

const FILE_NAME = 'progress.safetensors';
const FORMAT = 'sower trial 1';
const BEST = 'best/';
const SUM = 'trial_sha256';
const KEYS = ['trial_format', 'trial_identity', 'trial_state', SUM] as const;

/** What must be the same for a trial to go on; each word names itself in the message where it is not. */
export type TrialIdentity = Readonly<Record<string, string>>;

export interface Progress<State> {
  readonly run: Uint8Array;
  readonly best: readonly ParameterTensor[] | null;
  /** Plain JSON. */
  readonly state: State;
}

export async function saveProgress<State>(
  folder: string,
  identity: TrialIdentity,
  { run, best, state }: Progress<State>,
): Promise<void> {
  const metadata = {
    trial_format: FORMAT,
    trial_identity: JSON.stringify(identity),
    trial_state: JSON.stringify(state),
  };
  const extra = best ?? [];
  const unsummed = extendCheckpoint({ run, extra, metadata }, BEST);
  const sum = checksum(unsummed);
  const [head] = extendCheckpoint({ run, extra, metadata: { ...metadata, [SUM]: sum } }, BEST);
  const pieces = [head!, ...unsummed.slice(1)];
  await writeFileAtomically(join(folder, FILE_NAME), pieces);
}

/**
 * What was saved of this very trial; null where nothing was. A file that is damaged or of something else is left alone,
 * and `notify` hears one line why: training starts anew and replaces it.
 */
export async function loadProgress<State>(
  folder: string,
  identity: TrialIdentity,
  notify: (line: string) => void,
): Promise<Progress<State> | null> {
  const path = join(folder, FILE_NAME);
  const anew = (why: string): null => {
    notify(`${path} ${why}; the trial starts anew`);
    return null;
  };
  try {
    const file = await readFile(path);
    const { run, extra, metadata } = splitCheckpoint(file, BEST, KEYS);
    if (metadata.trial_format !== FORMAT) return anew('is not a trial in progress as this version writes them');
    if (checksum([file]) !== metadata[SUM]) return anew('is damaged: its SHA-256 is another');
    const saved = JSON.parse(metadata.trial_identity!) as TrialIdentity;
    const other = [...new Set([...Object.keys(identity), ...Object.keys(saved)])].filter(
      (word) => saved[word] !== identity[word],
    );
    if (other.length > 0) return anew(`is of another trial (${other.join(', ')})`);
    return { run, best: extra.length > 0 ? extra : null, state: JSON.parse(metadata.trial_state!) as State };
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    return anew(`cannot be read: ${error instanceof Error ? error.message : error}`);
  }
}

/** Also drafts of saves that a killed process left half-written. */
export async function forgetProgress(folder: string): Promise<void> {
  const names = await readdir(folder).catch(() => []);
  const own = names.filter((name) => name.startsWith(FILE_NAME));
  await Promise.all(own.map((name) => rm(join(folder, name), { force: true })));
}

/** Over all that a file says, whether it is in one piece or in several. */
function checksum([head, ...rest]: readonly Uint8Array[]): string {
  const { text, start } = describedContents(head!, SUM);
  const hash = createHash('sha256').update(text).update(head!.subarray(start));
  for (const piece of rest) hash.update(piece);
  return hash.digest('hex');
}
