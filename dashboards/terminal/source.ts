import type { SweepSnapshot, SweepView } from '../../shared/view/types.ts';

/** A sweep to look at: what is known, and a way to hear of changes (at most every 250 ms). */
export interface DashboardSource {
  readonly view: SweepView;
  snapshot(): SweepSnapshot;
  subscribe(listener: () => void): () => void;
  /** Resolves when the sweep is over; rejects where it can no longer be followed. */
  readonly over: Promise<void>;
}

export interface DashboardOptions {
  readonly source: DashboardSource;
  /** ASCII instead of braille and block glyphs. */
  readonly ascii: boolean;
  readonly color: boolean;
  /** Shown in the title line: server, URLs. */
  readonly note: string;
}

/** `detached`: the person closed the dashboard, the sweep goes on. `interrupted`: Ctrl-C. */
export type DashboardEnding = 'finished' | 'detached' | 'interrupted';
