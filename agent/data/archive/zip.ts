/**
 * Zip archives from anywhere: the whole directory is read and judged before a byte is unpacked, so that no entry leaves
 * its folder, follows a link or grows beyond what memory and disk hold.
 */
import { createReadStream } from 'node:fs';
import { pipeline, Readable } from 'node:stream';
import zlib from 'node:zlib';
import { type Entry, getFileNameLowLevel, openPromise, validateFileName, type ZipFile } from 'yauzl';
import { SowerError } from '../../../shared/kernel/errors.ts';

export interface ArchiveFile {
  /** Path inside the archive, its parts joined by `/`. */
  readonly name: string;
  /** Unpacked. */
  readonly bytes: number;
  /** Fails with E_DATA_FORMAT, naming the file, where it is damaged. */
  open(): Promise<Readable>;
}

/** What an archive may ask for. */
export interface ArchiveLimits {
  /** Of all files together, unpacked. */
  readonly bytes: number;
  /** Unpacked bytes for each byte of the archive; small archives may go beyond. */
  readonly ratio: number;
}

/** Deflate packs 1,032 times at best; pictures and arrays that mean something stay far below 200. */
export const ARCHIVE_LIMITS: ArchiveLimits = { bytes: 64 * 2 ** 30, ratio: 200 };

/** Below this, a ratio says nothing: a small array of zeros is no attack. */
const HARMLESS_BYTES = 64 * 2 ** 20;

const STORED = 0;
const KIND_OF_FILE = 0o170000;
const SYMBOLIC_LINK = 0o120000;

/**
 * Gives the archive's files to `use` and closes it afterwards. Throws E_ARCHIVE_PATH (a name that leads elsewhere, a
 * link), E_ARCHIVE_RATIO (too large, or packed suspiciously well), E_DATA_FORMAT (no zip archive, damaged, encrypted).
 */
export async function withArchive<T>(
  path: string,
  use: (files: readonly ArchiveFile[]) => Promise<T>,
  limits: ArchiveLimits = ARCHIVE_LIMITS,
): Promise<T> {
  // Names are decoded here, as a bad one has a code of its own.
  const zip = await openPromise(path, { autoClose: false, decodeStrings: false }).catch((cause) => {
    throw unreadable(path, cause);
  });
  try {
    return await use(judged(path, zip.fileSize, await readDirectory(path, zip), limits));
  } finally {
    zip.close();
  }
}

/** The contents of a file of an archive. Throws E_DATA_FORMAT. */
export async function readArchiveFile(file: ArchiveFile): Promise<Buffer> {
  const bytes = Buffer.allocUnsafe(file.bytes);
  let length = 0;
  for await (const part of await file.open()) length += (part as Buffer).copy(bytes, length);
  return bytes;
}

async function readDirectory(path: string, zip: ZipFile): Promise<readonly ArchiveFile[]> {
  const files = new Map<string, ArchiveFile>();
  const entries = zip.eachEntry();
  for (;;) {
    const { value: entry, done } = await entries.next().catch((cause) => {
      throw damaged(path, `its directory is damaged (${reasonOf(cause)})`, cause);
    });
    if (done === true) return [...files.values()];
    const name = nameOf(path, entry);
    if (name.endsWith('/')) continue;
    if (files.has(name)) throw damaged(path, `it holds ${name} twice`);
    if (!entry.canDecodeFileData()) {
      throw damaged(path, `${name} is encrypted or packed by a method other than deflate, which is not supported`);
    }
    files.set(name, { name, bytes: entry.uncompressedSize, open: () => openEntry(path, zip, entry, name) });
  }
}

function nameOf(path: string, entry: Entry): string {
  const name = getFileNameLowLevel(entry.generalPurposeBitFlag, entry.fileNameRaw, entry.extraFields, false);
  const shown = JSON.stringify(name.length > 100 ? `${name.slice(0, 100)}...` : name);
  if (name === '' || name.includes('\0') || validateFileName(name) !== null) {
    throw leadsAway(path, `its entry ${shown} would leave the folder it is unpacked into`);
  }
  if (((entry.externalFileAttributes >>> 16) & KIND_OF_FILE) === SYMBOLIC_LINK) {
    throw leadsAway(path, `its entry ${shown} is a symbolic link`);
  }
  return name;
}

function judged(
  path: string,
  archiveBytes: number,
  files: readonly ArchiveFile[],
  limits: ArchiveLimits,
): readonly ArchiveFile[] {
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
  const ratio = bytes / archiveBytes;
  if (bytes <= limits.bytes && (bytes <= HARMLESS_BYTES || ratio <= limits.ratio)) return files;
  const limit = bytes > limits.bytes ? `at most ${limits.bytes} bytes` : `at most ${limits.ratio} times`;
  throw new SowerError(
    'E_ARCHIVE_RATIO',
    `its ${archiveBytes} bytes would become ${bytes} (${Math.round(ratio)} times as many), ${limit} are unpacked`,
    { where: path, fix: 'unpack it yourself, if you trust it, and name the folder' },
  );
}

/**
 * The library finds where the file begins; its bytes are read here, as its own streams break when they are left early
 * (yauzl 3.4: a queued read of a closed reader throws outside of every handler).
 */
async function openEntry(path: string, zip: ZipFile, entry: Entry, name: string): Promise<Readable> {
  const wrong = (cause: unknown) => damaged(path, `its file ${name} is damaged (${reasonOf(cause)})`, cause);
  const { fileDataStart: start } = await zip.readLocalFileHeaderPromise(entry, { minimal: true }).catch((cause) => {
    throw wrong(cause);
  });
  return Readable.from(entryBytes(path, start, entry, wrong), { objectMode: false });
}

async function* entryBytes(path: string, start: number, entry: Entry, wrong: (cause: unknown) => SowerError) {
  let [sum, bytes] = [0, 0];
  try {
    for await (const part of unpacked(path, start, entry)) {
      bytes += (part as Buffer).length;
      if (bytes > entry.uncompressedSize) break;
      // Node has it since 20.15.
      sum = zlib.crc32?.(part as Buffer, sum) ?? entry.crc32;
      yield part as Buffer;
    }
  } catch (cause) {
    throw wrong(cause);
  }
  if (bytes !== entry.uncompressedSize) {
    throw wrong(`it has ${bytes > entry.uncompressedSize ? 'more' : 'fewer'} than ${entry.uncompressedSize} bytes`);
  }
  if (sum !== entry.crc32) throw wrong('its checksum differs');
}

function unpacked(path: string, start: number, { compressedSize, compressionMethod }: Entry): Readable {
  if (compressedSize === 0) return Readable.from([]);
  const packed = createReadStream(path, { start, end: start + compressedSize - 1 });
  // Failures of both reach whoever reads the last.
  return compressionMethod === STORED ? packed : pipeline(packed, zlib.createInflateRaw(), () => undefined);
}

const reasonOf = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause));

function unreadable(path: string, cause: NodeJS.ErrnoException): SowerError {
  if (cause.code === undefined) return damaged(path, 'this is no zip archive, or it was cut short', cause);
  const fix = 'let the user of the agent read it, or name another file';
  return new SowerError('E_DATA_READ', `cannot read the file (${cause.code})`, { where: path, fix, cause });
}

function damaged(path: string, message: string, cause?: unknown): SowerError {
  return new SowerError('E_DATA_FORMAT', message, { where: path, fix: 'replace it by an intact zip archive', cause });
}

function leadsAway(path: string, message: string): SowerError {
  return new SowerError('E_ARCHIVE_PATH', message, {
    where: path,
    fix: 'do not use this archive; pack the files anew, without links and with names below one folder',
  });
}
