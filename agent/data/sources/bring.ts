import { EXIT, SowerError } from '../../../shared/kernel/errors.ts';
import type { DataFile } from '../../../shared/sweep/train/data-config.ts';
import { formatBytes } from '../../../shared/view/format.ts';
import { keepInCache } from './cache.ts';
import { type FetchRules, openUrl } from './fetch-url.ts';
import { type DataPlaces, type LocatedData, locateDataFile } from './locate.ts';
import { noteProgress } from './progress.ts';

/** What is kept for all machines: the object store, as far as data needs it. */
export interface DataStore {
  find(sha256: string): Promise<{ readonly kind: string; readonly bytes: number } | null>;
  pieces(sha256: string): AsyncIterable<Uint8Array>;
}

export interface BringOptions {
  readonly places: DataPlaces;
  /** Null where there is none. */
  readonly store: DataStore | null;
  /** Takes one line for people. */
  readonly notify: (line: string) => void;
  readonly rules?: FetchRules;
}

/**
 * Makes sure that a data file lies on this machine: where `locateDataFile` finds it, else from its address, else from the
 * object store, into the cache and only with the right hash. What fails here fails on every machine that has no copy of
 * its own. Throws E_DATA_MISSING, E_DATA_HASH, E_DATA_URL, E_DATA_DOWNLOAD, E_DATA_UNPINNED, and errors of the store.
 */
export async function bringDataFile(file: DataFile, options: BringOptions): Promise<LocatedData> {
  const { places, store, notify } = options;
  const { sha256, url } = file;
  if (sha256 === undefined) throw unpinned(file);
  let local: SowerError;
  try {
    return await locateDataFile(file, places);
  } catch (error) {
    if (!(error instanceof SowerError)) throw error;
    local = error;
  }
  if (local.code === 'E_DATA_HASH') notify(`${local.where}: ${local.message}: looking elsewhere`);
  let failure: SowerError | null = null;
  if (url !== undefined) {
    try {
      await fetchDataFile(url, sha256, options);
      return await locateDataFile(file, places);
    } catch (error) {
      if (!(error instanceof SowerError)) throw error;
      notify(`${error.where}: ${error.message}`);
      failure = error;
    }
  }
  const stored = (await store?.find(sha256)) ?? null;
  if (store === null || stored === null) throw failure ?? (store === null ? local : stranded(local, file));
  notify(`fetching ${nameOf(file)} (${formatBytes(stored.bytes)}) from the object store`);
  const kind = stored.kind === 'folder' ? 'folder' : 'file';
  const where = `object store, data/${sha256.slice(0, 12)}`;
  const pieces = noteProgress(store.pieces(sha256), stored.bytes, notify);
  await keepInCache(places.cacheDir, sha256, { kind, pieces, where });
  return locateDataFile(file, places);
}

/** Fetches an address into the cache and returns its SHA-256, which must be `expected` where that is known. */
export async function fetchDataFile(
  url: string,
  expected: string | null,
  { places, notify, rules }: Pick<BringOptions, 'places' | 'notify' | 'rules'>,
): Promise<string> {
  const { pieces, bytes } = await openUrl(url, rules);
  notify(`downloading ${url}${bytes === null ? '' : ` (${formatBytes(bytes)})`}`);
  const body = noteProgress(pieces, bytes, notify);
  return keepInCache(places.cacheDir, expected, { kind: 'file', pieces: body, where: url });
}

/** It has a name here, but neither this machine nor the store has it. */
function stranded(local: SowerError, file: DataFile): SowerError {
  if (local.code === 'E_DATA_HASH') return local;
  const message = `no data with SHA-256 ${file.sha256?.slice(0, 12)}... on this machine or in the object store`;
  return new SowerError('E_DATA_MISSING', message, {
    where: nameOf(file),
    fix: 'store it with "sower data push", or give the agent a folder that holds it with --data-dir',
    exit: EXIT.notFound,
  });
}

function unpinned(file: DataFile): SowerError {
  return new SowerError('E_DATA_UNPINNED', 'the sweep does not say which contents this file has', {
    where: nameOf(file),
    fix: 'submit it with "sower run", which adds the SHA-256, or write sha256 beside it',
  });
}

export function nameOf({ path, url, sha256 }: DataFile): string {
  return path ?? url ?? `data ${sha256?.slice(0, 12)}...`;
}
