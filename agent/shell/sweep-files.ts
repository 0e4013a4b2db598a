import type { SweepShelf } from '../../shared/bus/port.ts';
import type { SweepEntry } from '../../shared/protocol/index.ts';
import { plannedTrials, readSpec } from '../../shared/sweep/index.ts';
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

  /** Null where no such sweep is shelved; rejects where the server cannot be asked. */
  async find(sweep: string): Promise<SweepFile | null> {
    const known = this.files.get(sweep);
    if (known !== undefined) return known;
    const entry = await this.shelf.get(sweep);
    if (entry === null) return null;
    const spec = readSpec(entry.spec);
    const file = { entry, spec, plannedTrials: plannedTrials(spec) };
    this.files.set(sweep, file);
    const oldest = this.files.keys().next();
    if (this.files.size > KEPT && !oldest.done) this.files.delete(oldest.value);
    return file;
  }
}
