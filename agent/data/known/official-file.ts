/** Files that the world has one copy of and that are too large to be held while they come: kept in the cache. */
import { createHash, randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { SowerError } from '../../../shared/kernel/errors.ts';
import { removeAbandonedDrafts } from '../abandoned-drafts.ts';
import { type FetchRules, openUrl } from '../sources/fetch-url.ts';

export interface OfficialFile {
  readonly name: string;
  /** Tried in order. */
  readonly urls: readonly string[];
  /** All that its authors publish: it tells a damaged file from an intact one, not a forged one. */
  readonly md5: string;
}

export interface KnownPlaces {
  /** A folder given by a person, or null. */
  readonly dataDir: string | null;
  readonly cacheDir: string;
  /** A part of a data set that takes more stays on disk. Default: all is read into memory. */
  readonly memoryBytes?: number;
  /** Takes one line of progress for people. */
  readonly notify: (line: string) => void;
  readonly fetchRules?: FetchRules;
}

/** The largest of them, EMNIST, has 562 MB. */
const MAX_BYTES = 4 * 1024 ** 3;

/**
 * Path of an intact copy below `cacheDir/<folder>`, fetched where there is none. Throws E_DATA_HASH where an address has
 * another file, E_DATA_DOWNLOAD where none answers.
 */
export async function officialFile(file: OfficialFile, folder: string, places: KnownPlaces): Promise<string> {
  const path = join(places.cacheDir, folder, file.name);
  if ((await stat(path).catch(() => null)) !== null) {
    const actual = await md5Of(createReadStream(path, { highWaterMark: 1 << 20 }));
    if (actual === file.md5) return path;
    places.notify(`${wrongHash(file, actual, path).message}: ${path} is fetched again`);
  }
  const failures: SowerError[] = [];
  for (const url of file.urls) {
    try {
      await fetchFile(file, url, path, places);
      return path;
    } catch (error) {
      if (!(error instanceof SowerError)) throw error;
      failures.push(error.code === 'E_DATA_DOWNLOAD' ? elsewhere(file, error) : error);
      places.notify(`no luck at ${url}: ${error.message}`);
    }
  }
  throw failures.find(({ code }) => code === 'E_DATA_HASH') ?? failures.at(-1)!;
}

function elsewhere({ name }: OfficialFile, { code, message, exit, where, cause }: SowerError): SowerError {
  const fix = `put ${name} into the folder of --data-dir (SOWER_DATA), or connect this machine to the network`;
  return new SowerError(code, message, { ...(where === undefined ? {} : { where }), fix, exit, cause });
}

/** What is made of a person's own file is known by where it lies and when it was written. */
export async function identityOf(path: string): Promise<string> {
  const { size, mtimeMs } = await stat(path);
  return JSON.stringify([path, size, mtimeMs]);
}

async function fetchFile(file: OfficialFile, url: string, path: string, places: KnownPlaces): Promise<void> {
  const { pieces, bytes } = await openUrl(url, { maxBytes: MAX_BYTES, ...places.fetchRules });
  places.notify(`downloading ${url}${bytes === null ? '' : ` (${Math.ceil(bytes / 1e6)} MB)`}`);
  const draft = `${path}.${randomUUID()}.part`;
  try {
    await mkdir(dirname(path), { recursive: true });
    await removeAbandonedDrafts(dirname(path));
    const draftFile = await open(draft, 'wx');
    try {
      const actual = await md5Of(pieces, (piece) => draftFile.writeFile(piece));
      if (actual !== file.md5) throw wrongHash(file, actual, url);
    } finally {
      await draftFile.close();
    }
    await rename(draft, path);
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
  places.notify(`saved ${path}`);
}

async function md5Of(pieces: AsyncIterable<Uint8Array>, use?: (piece: Uint8Array) => Promise<void>): Promise<string> {
  const hash = createHash('md5');
  for await (const piece of pieces) {
    hash.update(piece);
    await use?.(piece);
  }
  return hash.digest('hex');
}

function wrongHash(file: OfficialFile, actual: string, where: string): SowerError {
  return new SowerError(
    'E_DATA_HASH',
    `${file.name} has MD5 ${actual.slice(0, 12)}..., expected ${file.md5.slice(0, 12)}...`,
    { where, fix: 'try another network, or give a folder that holds the data with --data-dir' },
  );
}
