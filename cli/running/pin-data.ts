/**
 * Fixes which bytes a sweep trains on: their SHA-256 becomes part of the submitted sweep, and so of its identity. The
 * person's file stays as it is.
 */
import { dirname, resolve } from 'node:path';
import { fetchDataFile } from '../../agent/data/sources/bring.ts';
import { cachedPath } from '../../agent/data/sources/cache.ts';
import { type Contents, contentsAt } from '../../agent/data/sources/contents.ts';
import type { FetchRules } from '../../agent/data/sources/fetch-url.ts';
import { type DataPlaces, pathsByName } from '../../agent/data/sources/locate.ts';
import { fetchUnpinned } from '../../agent/data/sources/unpinned-url.ts';
import { wrongHash } from '../../agent/data/sources/wrong-hash.ts';
import { describeError, EXIT, SowerError } from '../../shared/kernel/errors.ts';
import { dataFilesOf, identifySweep, pinDataFiles, type WrittenDataFile } from '../../shared/sweep/index.ts';
import { examineSweep, type LoadedSweep } from './load-sweep.ts';

/** One file of data that the sweep needs. */
export interface PinnedData {
  readonly sha256: string;
  /** As the person wrote it. */
  readonly title: string;
  /** Where the person's copy lies; null where the sweep file names an address or a hash only. */
  readonly local: Contents | null;
  readonly url: string | null;
}

export interface PinnedSweep extends LoadedSweep {
  readonly data: readonly PinnedData[];
}

export interface PinOptions {
  /** Path of the sweep file. */
  readonly file: string;
  readonly dataDir: string | null;
  readonly cacheDir: string;
  readonly notify: (line: string) => void;
  readonly fetchRules?: FetchRules;
}

/** Throws E_DATA_MISSING, E_DATA_HASH, E_DATA_READ, and what fetching an address throws. */
export async function pinData(sweep: LoadedSweep, options: PinOptions): Promise<PinnedSweep> {
  const { spec } = sweep.valid;
  const written = dataFilesOf(spec);
  if (written.length === 0) return { ...sweep, data: [] };
  const pinned = new Map<string, PinnedData>();
  const hints = new Set<string>();
  for (const file of written) {
    const key = JSON.stringify(file);
    if (pinned.has(key)) continue;
    const found = await pinFile(file, options);
    pinned.set(key, found);
    if (file.sha256 === undefined && found.local === null) {
      hints.add(`write sha256: ${found.sha256} beside url: ${found.url} to pin it`);
    }
  }
  for (const hint of hints) options.notify(hint);
  const valid = identifySweep(pinDataFiles(spec, (file) => (pinned.get(JSON.stringify(file)) as PinnedData).sha256));
  return { ...sweep, valid, data: [...pinned.values()] };
}

/** All faults of a sweep file, those of its data last, or the sweep as it would be submitted. */
export async function examinePinned(
  file: string,
  options: Omit<PinOptions, 'file'>,
): Promise<{ readonly faults: readonly SowerError[] } | PinnedSweep> {
  const examined = await examineSweep(file);
  if ('faults' in examined) return examined;
  try {
    return await pinData(examined, { ...options, file });
  } catch (error) {
    if (!(error instanceof SowerError)) throw error;
    // A network that is away is no fault of the file.
    if (error.code !== 'E_DATA_DOWNLOAD') return { faults: [error] };
    options.notify(`the data of this sweep cannot be looked at: ${describeError(error)}`);
    return { ...examined, data: [] };
  }
}

async function pinFile(written: WrittenDataFile, options: PinOptions): Promise<PinnedData> {
  const { file, url = null, sha256 = null } = written;
  const places: DataPlaces = { ...options, sweepDir: dirname(resolve(options.file)) };
  const paths = file === undefined ? [] : pathsByName({ path: file }, places);
  for (const path of paths) {
    const local = await contentsAt(path);
    if (local === null) continue;
    if (sha256 !== null && sha256 !== local.sha256) {
      throw wrongHash(path, local.sha256, sha256, 'bring the right data there, or change or remove sha256');
    }
    return { sha256: local.sha256, title: file ?? path, local, url };
  }
  const title = file ?? url ?? `data ${sha256?.slice(0, 12)}...`;
  if (url !== null) return { sha256: await hashOfUrl(url, sha256, places, options), title, local: null, url };
  if (sha256 !== null) return { sha256, title, local: null, url };
  throw new SowerError('E_DATA_MISSING', 'there is no such file or folder', {
    where: paths.join(', '),
    fix: 'put it there, name its folder with --data-dir or SOWER_DATA, or write the sha256 of what is stored',
    exit: EXIT.notFound,
  });
}

/** Looked at to learn its hash or to check it; agents can do without this where the hash is known. */
async function hashOfUrl(
  url: string,
  sha256: string | null,
  places: DataPlaces,
  { notify, fetchRules: rules }: PinOptions,
): Promise<string> {
  const options = rules === undefined ? { notify } : { notify, rules };
  if (sha256 === null) return (await fetchUnpinned(url, { cacheDir: places.cacheDir, ...options })).sha256;
  if ((await contentsAt(cachedPath(places.cacheDir, sha256)))?.sha256 === sha256) return sha256;
  try {
    return await fetchDataFile(url, sha256, { places, ...options });
  } catch (error) {
    if (!(error instanceof SowerError) || error.code !== 'E_DATA_DOWNLOAD') throw error;
    notify(`${url} cannot be checked from here: ${error.message}`);
    return sha256;
  }
}
