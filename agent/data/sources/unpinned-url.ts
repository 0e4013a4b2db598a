/**
 * An address whose contents nobody named a hash for: what came from there is kept in the cache, with a note of when and how
 * the server tells whether it changed, so that the file is not fetched in full each time, and not at all without a network.
 */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { SowerError } from '../../../shared/kernel/errors.ts';
import { writeFileAtomically } from '../../../shared/process/atomic-file.ts';
import { formatBytes } from '../../../shared/view/format.ts';
import { cachedPath, keepInCache } from './cache.ts';
import { type Contents, contentsAt } from './contents.ts';
import { type FetchedBody, type FetchRules, openChangedUrl, openUrl, type Validators } from './fetch-url.ts';
import { noteProgress } from './progress.ts';

interface AddressNote extends Validators {
  readonly url: string;
  readonly sha256: string;
  /** Day of the fetch, `2026-01-31`. */
  readonly day: string;
}

/** A file in the cache, and the day on which it came from its address. */
export interface KeptDownload extends Contents {
  readonly day: string;
}

export interface UnpinnedOptions {
  readonly cacheDir: string;
  /** Takes one line for people. */
  readonly notify: (line: string) => void;
  readonly rules?: FetchRules;
}

/** What last came from `url`, intact; null where nothing did. Asks nobody. */
export async function keptDownload(url: string, cacheDir: string): Promise<KeptDownload | null> {
  const note = await readNote(url, cacheDir);
  return note === null ? null : intact(note, cacheDir);
}

/**
 * The file at `url`, fetched where the cache has none or the server says that it changed; where the server is away, the
 * one in the cache. Throws as `openUrl`, E_DATA_DOWNLOAD only where the cache has none.
 */
export async function fetchUnpinned(url: string, options: UnpinnedOptions): Promise<KeptDownload> {
  const note = await readNote(url, options.cacheDir);
  const kept = note === null ? null : await intact(note, options.cacheDir);
  if (note === null || kept === null) {
    return keepDownload(url, await openUrl(url, options.rules), options);
  }
  try {
    const body = await openChangedUrl(url, note, options.rules);
    if (body === null) return kept;
    if (!isSame(note, kept, body)) return await keepDownload(url, body, options);
    body.close();
  } catch (error) {
    if (!(error instanceof SowerError) || error.code !== 'E_DATA_DOWNLOAD') throw error;
    options.notify(`${url}: ${error.message}: what came from there on ${kept.day} is used, out of the cache`);
  }
  return kept;
}

/** Servers that know no conditions answer in full; one that tells nothing but a length did not say that it changed. */
function isSame(note: AddressNote, kept: KeptDownload, { etag, lastModified, bytes }: FetchedBody): boolean {
  if (note.etag !== null && etag !== null) return note.etag === etag;
  if (note.lastModified !== null && lastModified !== null) return note.lastModified === lastModified;
  return bytes === null || bytes === kept.bytes;
}

async function keepDownload(url: string, body: FetchedBody, options: UnpinnedOptions): Promise<KeptDownload> {
  const { cacheDir, notify } = options;
  const { etag, lastModified, bytes } = body;
  notify(`downloading ${url}${bytes === null ? '' : ` (${formatBytes(bytes)})`}`);
  const pieces = noteProgress(body.pieces, bytes, notify);
  const sha256 = await keepInCache(cacheDir, null, { kind: 'file', pieces, where: url });
  const note: AddressNote = { url, sha256, day: new Date().toISOString().slice(0, 10), etag, lastModified };
  await writeFileAtomically(notePath(url, cacheDir), `${JSON.stringify(note)}\n`);
  return { ...((await contentsAt(cachedPath(cacheDir, sha256))) as Contents), day: note.day };
}

const notePath = (url: string, cacheDir: string) =>
  join(cacheDir, 'addresses', `${createHash('sha256').update(url).digest('hex')}.json`);

/** Null where there is none, or none that can be understood: then the file is fetched again. */
async function readNote(url: string, cacheDir: string): Promise<AddressNote | null> {
  const text = await readFile(notePath(url, cacheDir), 'utf8').catch(() => '');
  let note: Partial<AddressNote> | null;
  try {
    note = JSON.parse(text) as Partial<AddressNote> | null;
  } catch {
    return null;
  }
  const { sha256, day, etag = null, lastModified = null } = note ?? {};
  if (note?.url !== url || typeof sha256 !== 'string' || !/^[0-9a-f]{64}$/.test(sha256)) return null;
  const isWord = (value: unknown) => value === null || (typeof value === 'string' && !/[^\x20-\xff]/.test(value));
  if (typeof day !== 'string' || !isWord(etag) || !isWord(lastModified)) return null;
  return { url, sha256, day, etag, lastModified };
}

async function intact({ sha256, day }: AddressNote, cacheDir: string): Promise<KeptDownload | null> {
  const found = await contentsAt(cachedPath(cacheDir, sha256));
  return found?.sha256 === sha256 ? { ...found, day } : null;
}
