/** Checks a sweep against rows that lie on this machine, before anything trains on them. */
import { dirname, resolve } from 'node:path';
import { measureData } from '../../agent/data/index.ts';
import { SowerError } from '../../shared/kernel/errors.ts';
import {
  canonicalJson,
  checkSweep,
  type DataConfig,
  type KnowData,
  type KnownData,
  knownData,
  modelVariants,
  parseSweep,
} from '../../shared/sweep/index.ts';
import type { PinnedData, PinnedSweep } from './pin-data.ts';

/** Reading more only to look at a model's shapes would keep a person waiting. */
const MOST_BYTES = 2 ** 28;

/** Packed pictures and arrays become many times what they were: beyond this, rows stay in the cache on disk. */
const MEMORY_BYTES = 2 ** 28;

/** Ways in which one sweep prepares its data that are looked at. */
const MOST_MEASURED = 64;

export interface CheckFolders {
  readonly dataDir: string | null;
  readonly cacheDir: string;
}

export interface CheckedSweep {
  /** Those of its data, or of a model that does not fit it. */
  readonly faults: readonly SowerError[];
  /** What the rows say, for the shapes of its models. */
  readonly know: KnowData;
}

/** `file`: path of the sweep file. Rows that are not on this machine, or many, are left to the agents. */
export async function checkAgainstData(sweep: PinnedSweep, file: string, folders: CheckFolders): Promise<CheckedSweep> {
  const asked = unknownData(sweep, file);
  const measured = new Map<string, KnownData>();
  const know: KnowData = (data) => knownData(data) ?? measured.get(canonicalJson(data)) ?? null;
  for (const data of asked.slice(0, MOST_MEASURED)) {
    const pinned = data.file === null ? data : atHand(data, sweep.data);
    if (pinned === null) continue;
    try {
      const places = { ...folders, sweepDir: dirname(resolve(file)), memoryBytes: MEMORY_BYTES };
      const { validationRows, ...measure } = await measureData(withoutRepeats(pinned), places);
      measured.set(canonicalJson(data), { ...measure, trainingRows: null, ownValidation: validationRows > 0 });
    } catch (error) {
      if (!(error instanceof SowerError)) throw error;
      // A network that is away is no fault of the sweep.
      if (data.file === null && error.code === 'E_DATA_DOWNLOAD') continue;
      return { faults: [error], know };
    }
  }
  return { faults: measured.size === 0 ? [] : checkSweep(sweep.source, file, know), know };
}

/** More rows of the same classes change no shape, and finding neighbours among many takes hours. */
const withoutRepeats = (data: DataConfig): DataConfig => ({
  ...data,
  prepare: data.prepare.filter(({ type }) => type !== 'oversample'),
});

/** The data of every configuration that the check of a sweep looks at, where its name does not tell all. */
function unknownData({ source }: PinnedSweep, file: string): readonly DataConfig[] {
  const unknown = new Map<string, DataConfig>();
  const note: KnowData = (data) => {
    const known = knownData(data);
    if (known === null) unknown.set(canonicalJson(data), data);
    return known;
  };
  modelVariants(parseSweep(source, file, note).spec, note);
  return [...unknown.values()];
}

/** With the hash of the bytes that were pinned; null where they are elsewhere, or too many. */
function atHand(data: DataConfig, pinned: readonly PinnedData[]): DataConfig | null {
  const { path, url } = data.file ?? {};
  const found = pinned.find(
    ({ title, url: from, local }) => (path === undefined ? url === from : path === title) && local,
  );
  if (!found?.local || found.local.bytes > MOST_BYTES || data.file === null) return null;
  return { ...data, file: { ...data.file, sha256: found.sha256 } };
}
