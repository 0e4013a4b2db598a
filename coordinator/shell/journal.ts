/**
 * The coordinator's own copy of what it decided: an append-only file of lines under a running hash, fsynced in groups,
 * and a snapshot of the folded state beside it. The server's streams stay the truth; the journal notices when they lost
 * something, and gives it back.
 */
import { mkdir, open, rename, rm, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { assertNever } from '../../shared/kernel/assert.ts';
import type { Log } from '../../shared/kernel/clock.ts';
import { indexOfId } from '../../shared/kernel/ids.ts';
import { writeFileAtomically } from '../../shared/process/atomic-file.ts';
import { GroupWriter } from './group-writer.ts';
import { CHAIN_START, type JournalEntry, journalLine } from './journal-entry.ts';
import { type JournalScan, scanJournal } from './journal-scan.ts';
import { type CoordinatorSnapshot, readSnapshot, snapshotText } from './snapshot.ts';
import { TrialSet } from './trial-set.ts';

/** What the journal knows of the server. */
export interface JournalPlace {
  /** When the EVENTS stream it knows was created; null for a new journal. */
  created: string | null;
  /** Everything up to here was folded, or is an event of ours. */
  seq: number;
  /** Trials with a DONE record, per sweep. */
  readonly records: Map<string, TrialSet>;
  readonly sweeps: Set<string>;
}

export interface Journal {
  readonly place: Readonly<JournalPlace>;
  /** Queued for the next group; what was written before is skipped. */
  append(entry: JournalEntry): void;
  /** Resolves when everything appended so far is on disk. */
  flush(): Promise<void>;
  /** Writes the state; the next session goes on from it. */
  saveSnapshot(state: Omit<CoordinatorSnapshot, 'lines' | 'hash'>): Promise<void>;
  latestSnapshot(): Promise<CoordinatorSnapshot | null>;
  /** The state on disk no longer fits the server: the next session reads the log from its beginning. */
  dropSnapshot(): Promise<void>;
  /** Every entry on disk, oldest first. */
  entries(visit: (entry: JournalEntry) => void | Promise<void>): Promise<void>;
  close(): Promise<void>;
}

/** Opens the journal of `folder`, checks it, and says in one line what is wrong with it, if anything is. */
export async function openJournal(folder: string, log: Log): Promise<Journal> {
  await mkdir(folder, { recursive: true });
  const files = { path: join(folder, 'journal.ndjson'), snapshotPath: join(folder, 'snapshot.json') };
  const { path, snapshotPath } = files;
  const snapshot = await readSnapshot(snapshotPath);
  const found = await examine(path, snapshot.value);
  const problem = snapshot.problem ?? found.problem;
  if (problem !== null) {
    log('warn', `the coordinator's journal is not whole: ${problem}; rebuilding it from the server's log`, { path });
    if (found.scan !== null) await rename(path, join(folder, `journal.damaged-${Date.now()}.ndjson`));
    await rm(snapshotPath, { force: true });
    return startJournal(files, newPlace(), { lines: 0, hash: CHAIN_START }, log);
  }
  const { scan, place } = found;
  if (scan !== null && scan.restBytes > 0) {
    log('info', `the journal ended inside a line: ${scan.restBytes} bytes dropped`, { path });
    await truncate(path, scan.goodBytes);
  }
  return startJournal(files, place, scan ?? { lines: 0, hash: CHAIN_START }, log);
}

function newPlace(): JournalPlace {
  return { created: null, seq: 0, records: new Map(), sweeps: new Set() };
}

/** False where the entry tells nothing new. */
function advance(place: JournalPlace, entry: JournalEntry): boolean {
  switch (entry.k) {
    case 'stream':
      place.created = entry.created;
      place.seq = entry.seq;
      return true;
    case 'sweep':
      if (place.sweeps.has(entry.entry.sweep)) return false;
      place.sweeps.add(entry.entry.sweep);
      return true;
    case 'event':
    case 'cursor':
      if (entry.seq <= place.seq) return false;
      place.seq = entry.seq;
      return true;
    case 'done': {
      const { sweep, trial } = entry.record;
      const index = indexOfId(trial) ?? 0;
      const trials = place.records.get(sweep) ?? new TrialSet();
      place.records.set(sweep, trials);
      if (trials.has(index)) return false;
      trials.add(index);
      return true;
    }
    default:
      return assertNever(entry);
  }
}

interface Examined {
  readonly scan: JournalScan | null;
  readonly place: JournalPlace;
  readonly problem: string | null;
}

async function examine(path: string, snapshot: CoordinatorSnapshot | null): Promise<Examined> {
  const place = newPlace();
  let snapshotMatches = snapshot === null || snapshot.lines === 0;
  const scan = await scanJournal(path, (entry, hash, line) => {
    advance(place, entry);
    if (line === snapshot?.lines) snapshotMatches = hash === snapshot.hash;
  });
  if (scan === null) return { scan, place, problem: snapshot === null ? null : 'the file is gone' };
  if (scan.damaged) return { scan, place, problem: `line ${scan.lines + 1} is damaged` };
  if (!snapshotMatches) return { scan, place, problem: `it ends at line ${scan.lines} of at least ${snapshot?.lines}` };
  return { scan, place, problem: null };
}

async function startJournal(
  { path, snapshotPath }: { readonly path: string; readonly snapshotPath: string },
  place: JournalPlace,
  end: { readonly lines: number; readonly hash: string },
  log: Log,
): Promise<Journal> {
  const file = await open(path, 'a');
  let { lines, hash } = end;
  let broken = false;
  const writer = new GroupWriter(file, (error) => {
    broken = true;
    const problem = error instanceof Error ? error.message : String(error);
    log('error', `the journal cannot be written (${problem}): the server has the only copy from here on`, { path });
  });

  return {
    place,
    append(entry) {
      if (!advance(place, entry) || broken) return;
      const next = journalLine(hash, entry);
      hash = next.hash;
      lines++;
      writer.add(next.line);
    },
    flush: () => writer.flush(),
    async saveSnapshot(state) {
      const text = snapshotText({ ...state, lines, hash });
      await writer.flush();
      if (!broken) await writeFileAtomically(snapshotPath, text);
    },
    latestSnapshot: async () => (await readSnapshot(snapshotPath)).value,
    dropSnapshot: () => rm(snapshotPath, { force: true }),
    async entries(visit) {
      await writer.flush();
      await scanJournal(path, visit);
    },
    async close() {
      await writer.flush();
      await file.close();
    },
  };
}
