import type { SweepShelf } from '../../shared/bus/port.ts';
import { SowerError } from '../../shared/kernel/errors.ts';
import type { SweepEntry } from '../../shared/protocol/index.ts';
import { identifySweep, readSpec } from '../../shared/sweep/index.ts';
import type { SweepSpec } from '../../shared/sweep/spec.ts';

export interface SweepFile {
  readonly entry: SweepEntry;
  readonly spec: SweepSpec;
  readonly plannedTrials: number;
}

/** Sweeps kept in memory; an agent works on a handful at a time. */
const KEPT = 32;

/** Sweep files by id, each fetched and read once. */
export class SweepFiles {
  private readonly shelf: SweepShelf;
  private readonly files = new Map<string, SweepFile>();

  constructor(shelf: SweepShelf) {
    this.shelf = shelf;
  }

  /**
   * Null where no such sweep is shelved; rejects with E_SWEEP_STORED where what is shelved cannot be trained from, with
   * other errors where the server cannot be asked.
   */
  async find(sweep: string): Promise<SweepFile | null> {
    const known = this.files.get(sweep);
    if (known !== undefined) return known;
    const entry = await this.shelf.get(sweep);
    if (entry === null) return null;
    const { spec, hash, plannedTrials } = identifySweep(readSpec(entry.spec));
    if (hash !== entry.hash) throw wrongHash(entry.hash, hash);
    const file = { entry, spec, plannedTrials };
    this.files.set(sweep, file);
    const oldest = this.files.keys().next();
    if (this.files.size > KEPT && !oldest.done) this.files.delete(oldest.value);
    return file;
  }
}

/** Changed on the way, or written by a version whose files say more than this one reads: it would train something else. */
function wrongHash(expected: string, actual: string): SowerError {
  const message = `the stored sweep is not what its hash says: ${actual.slice(0, 12)}, not ${expected.slice(0, 12)}`;
  return new SowerError('E_SWEEP_STORED', message, { fix: 'use the same version of Sower everywhere' });
}
