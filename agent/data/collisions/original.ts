/**
 * Collisions as the City of Los Angeles publishes them: "Traffic Collision Data from 2010 to Present" (d5tf-ez2w), some
 * 600,000 rows that the city changes now and then, so that nobody can name their hash beforehand.
 */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { SowerError } from '../../../shared/kernel/errors.ts';
import type { PrepareStep } from '../../../shared/sweep/train/data-config.ts';
import type { Examples } from '../../engine/port.ts';
import type { RawDataSet } from '../data-set.ts';
import { identityOf, type KnownPlaces } from '../known/official-file.ts';
import { fetchUnpinned, keptDownload } from '../sources/unpinned-url.ts';
import { rowsOfText } from '../table/open-table.ts';
import { readTextTable } from '../table/read-table.ts';
import type { TextTable } from '../table/text-table.ts';
import { withSeverity } from './with-severity.ts';

export const COLLISIONS_URL = 'https://data.lacity.org/api/views/d5tf-ez2w/rows.csv?accessType=DOWNLOAD';

/** The table last read: reading takes seconds, and steps before the split differ between trials. */
let held: { readonly identity: string; readonly table: TextTable } | null = null;

/**
 * From `DIR/collisions/*.csv` (or `.csv.gz`), else the download in the cache, however old, else from the city. Throws
 * E_DATA_COLUMN, E_DATA_LABEL, E_DATA_DOWNLOAD, E_DATA_FORMAT, E_DATA_ROW, E_DATA_SIZE, E_DATA_READ.
 */
export async function openOriginalCollisions(
  name: string,
  prepare: readonly PrepareStep[],
  places: KnownPlaces,
  url = COLLISIONS_URL,
): Promise<RawDataSet<Examples>> {
  const path = (await givenTable(places.dataDir)) ?? (await downloaded(url, places));
  const identity = await identityOf(path);
  if (held?.identity !== identity) held = { identity, table: withSeverity(await readTextTable(path)) };
  // One code alone would make it a column of numbers.
  const columns = { 'MO Codes': 'category' } as const;
  return rowsOfText(name, held.table, { target: 'Severity', predict: 'classes', columns }, prepare);
}

/** Null where the data folder has none. Throws E_DATA_FORMAT where it has several. */
async function givenTable(dataDir: string | null): Promise<string | null> {
  if (dataDir === null) return null;
  const folder = join(dataDir, 'collisions');
  const names = (await readdir(folder).catch(() => [])).filter((name) => /^[^.].*\.csv(\.gz)?$/i.test(name));
  if (names.length > 1) {
    throw new SowerError('E_DATA_FORMAT', `there are ${names.length} tables: ${names.toSorted().join(', ')}`, {
      where: folder,
      fix: 'leave one of them there',
    });
  }
  return names[0] === undefined ? null : join(folder, names[0]);
}

async function downloaded(url: string, { cacheDir, notify, fetchRules }: KnownPlaces): Promise<string> {
  const kept = await keptDownload(url, cacheDir);
  if (kept !== null) return kept.path;
  try {
    const rules = fetchRules === undefined ? {} : { rules: fetchRules };
    return (await fetchUnpinned(url, { cacheDir, notify, ...rules })).path;
  } catch (error) {
    if (!(error instanceof SowerError) || error.code !== 'E_DATA_DOWNLOAD') throw error;
    const { code, message, where = url, exit, cause } = error;
    const fix =
      'put the exported CSV into DIR/collisions of --data-dir DIR (SOWER_DATA), connect this machine to the network, or use collisions_generated';
    throw new SowerError(code, message, { where, fix, exit, cause });
  }
}
