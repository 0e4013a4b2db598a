/** A sweep's state as plain JSON and back, so that a coordinator goes on without reading the whole log again. */
import { emptyIndexMap, entries, type IndexMap, put } from './index-map.ts';
import type { SweepState } from './state.ts';
import type { TrialBytes } from './trial-bytes.ts';

const SPARSE = ['trials', 'items', 'returned', 'unrecorded'] as const;
const BYTES = ['status', 'attempts'] as const;

type Plain = Omit<SweepState, (typeof SPARSE)[number] | (typeof BYTES)[number]>;

export interface SavedSweep {
  readonly plain: Plain;
  /** Pages of 512 trials, two hexadecimal digits a trial, by page number. */
  readonly bytes: Readonly<Record<(typeof BYTES)[number], readonly (readonly [number, string])[]>>;
  readonly sparse: Readonly<Record<(typeof SPARSE)[number], readonly (readonly [number, unknown])[]>>;
}

export function saveSweep(state: SweepState): SavedSweep {
  const { status, attempts, trials, items, returned, unrecorded, ...plain } = state;
  return {
    plain,
    bytes: { status: savedPages(status), attempts: savedPages(attempts) },
    sparse: {
      trials: [...entries(trials)],
      items: [...entries(items)],
      returned: [...entries(returned)],
      unrecorded: [...entries(unrecorded)],
    },
  };
}

/** `saved` must come from `saveSweep`: the journal proves that by its hash. */
export function restoreSweep(saved: SavedSweep): SweepState {
  const { plain, bytes, sparse } = saved;
  return {
    ...plain,
    status: restoredPages(bytes.status),
    attempts: restoredPages(bytes.attempts),
    trials: restored(sparse.trials),
    items: restored(sparse.items),
    returned: restored(sparse.returned),
    unrecorded: restored(sparse.unrecorded),
  };
}

function savedPages(pages: TrialBytes): readonly (readonly [number, string])[] {
  return [...entries(pages)].map(([page, bytes]) => [page, bytesToText(bytes)] as const);
}

function restoredPages(saved: readonly (readonly [number, string])[]): TrialBytes {
  return restored(saved.map(([page, text]) => [page, textToBytes(text)] as const));
}

function restored<T>(saved: readonly (readonly [number, unknown])[]): IndexMap<T> {
  return saved.reduce<IndexMap<T>>((map, [index, value]) => put(map, index, value as T), emptyIndexMap());
}

/** Two hexadecimal digits per byte. */
function bytesToText(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

function textToBytes(text: string): Uint8Array {
  return Uint8Array.from({ length: text.length / 2 }, (_, i) => Number.parseInt(text.slice(2 * i, 2 * i + 2), 16));
}
