import { isAbsolute, resolve } from 'node:path';
import { EXIT, SowerError } from '../../../shared/kernel/errors.ts';
import type { DataFile, DataFormat } from '../../../shared/sweep/train/data-config.ts';
import { cachedPath, notedPlace } from './cache.ts';
import { type Contents, contentsAt } from './contents.ts';
import { wrongHash } from './wrong-hash.ts';

export interface DataPlaces {
  /** Data a person gave (`--data-dir`, `SOWER_DATA`), or null. */
  readonly dataDir: string | null;
  readonly cacheDir: string;
  /** Folder of the sweep file, where it is at hand. */
  readonly sweepDir?: string | null;
}

/** Bytes on this machine, known to be those that were asked for. */
export interface LocatedData extends Contents {
  readonly format: DataFormat;
}

/**
 * Where the bytes of a data file lie on this machine: in the cache, where the cache says, beside the sweep file or in the
 * data folder. With a hash, only what has it counts; without one, the first place does. Fetches nothing. Throws
 * E_DATA_MISSING, E_DATA_HASH, E_DATA_READ.
 */
export async function locateDataFile(file: DataFile, places: DataPlaces): Promise<LocatedData> {
  const { sha256, format } = file;
  let wrong: Contents | null = null;
  for (const path of [...(await pathsByHash(file, places)), ...pathsByName(file, places)]) {
    const found = await contentsAt(path);
    if (found === null) continue;
    if (sha256 === undefined || found.sha256 === sha256) return { ...found, format };
    wrong ??= found;
  }
  throw wrong === null ? missing(file, places) : wrongHash(wrong.path, wrong.sha256, sha256 as string);
}

async function pathsByHash({ sha256 }: DataFile, { cacheDir }: DataPlaces): Promise<readonly string[]> {
  if (sha256 === undefined) return [];
  const noted = await notedPlace(cacheDir, sha256);
  return noted === null ? [cachedPath(cacheDir, sha256)] : [cachedPath(cacheDir, sha256), noted];
}

/** Every place that `file` may mean. */
export function pathsByName({ path }: Pick<DataFile, 'path'>, { dataDir, sweepDir }: DataPlaces): readonly string[] {
  if (path === undefined) return [];
  if (isAbsolute(path)) return [path];
  const folders = [sweepDir, dataDir].filter((folder) => typeof folder === 'string');
  return [...new Set(folders.map((folder) => resolve(folder, path)))];
}

function missing({ path, url, sha256 }: DataFile, { dataDir, sweepDir }: DataPlaces): SowerError {
  const folders = [sweepDir, dataDir].filter((folder) => typeof folder === 'string');
  const looked = path === undefined || isAbsolute(path) || folders.length === 0 ? '' : ` in ${folders.join(' or ')}`;
  const what = path ?? url ?? `data with SHA-256 ${sha256?.slice(0, 12)}...`;
  return new SowerError('E_DATA_MISSING', `there is no such file or folder${looked}`, {
    where: what,
    fix: 'put it beside the sweep file or into the folder of --data-dir (SOWER_DATA), or store it with "sower data push"',
    exit: EXIT.notFound,
  });
}
