/**
 * A folder as one stream of bytes: a POSIX tar archive (ustar, pax for long names) with nothing of this machine in it. The
 * same files give the same bytes everywhere, so that its SHA-256 names the folder, and any tar program can unpack it.
 */
import { open, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { SowerError } from '../../../shared/kernel/errors.ts';

export interface FolderFile {
  /** From the folder, with `/` on every system. */
  readonly name: string;
  readonly bytes: number;
  readonly mtimeMs: number;
}

export const BLOCK_BYTES = 512;
export const NAME_BYTES = 100;
/** Eleven octal digits. */
const MAX_FILE_BYTES = 8 * 1024 ** 3 - 1;
const READ_BYTES = 1 << 20;

/** Files of a folder and the folders in it, by name. What starts with a dot belongs to the system and is left out. */
export async function listFolder(folder: string): Promise<readonly FolderFile[]> {
  const files: FolderFile[] = [];
  const visit = async (inside: string): Promise<void> => {
    for (const entry of await readdir(join(folder, inside), { withFileTypes: true })) {
      if (entry.name.startsWith('.')) continue;
      const name = inside === '' ? entry.name : `${inside}/${entry.name}`;
      if (entry.isDirectory()) await visit(name);
      else if (entry.isFile() || entry.isSymbolicLink()) files.push(await describeFile(folder, name));
    }
  };
  await visit('');
  return files.sort((a, b) => (a.name < b.name ? -1 : 1));
}

async function describeFile(folder: string, name: string): Promise<FolderFile> {
  const found = await stat(join(folder, name));
  const { size, mtimeMs } = found;
  if (!found.isFile()) throw refuse(folder, name, 'is a link to a folder', 'put the folder itself there');
  if (size > MAX_FILE_BYTES) throw refuse(folder, name, 'is larger than 8 GiB', 'split it');
  return { name, bytes: size, mtimeMs };
}

/** Yields the archive of `files` piece by piece. Throws E_DATA_READ where a file changes meanwhile. */
export async function* archiveFolder(folder: string, files: readonly FolderFile[]): AsyncGenerator<Uint8Array> {
  for (const { name, bytes } of files) {
    yield* headerOf(name, bytes);
    yield* contentsOf(folder, name, bytes);
    const rest = bytes % BLOCK_BYTES;
    if (rest > 0) yield new Uint8Array(BLOCK_BYTES - rest);
  }
  yield new Uint8Array(2 * BLOCK_BYTES);
}

async function* contentsOf(folder: string, name: string, bytes: number): AsyncGenerator<Uint8Array> {
  const file = await open(join(folder, name), 'r');
  try {
    for (let done = 0; done < bytes; ) {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(Math.min(READ_BYTES, bytes - done)));
      if (bytesRead === 0) throw refuse(folder, name, 'became shorter while it was read', 'leave it as it is');
      yield buffer.subarray(0, bytesRead);
      done += bytesRead;
    }
  } finally {
    await file.close();
  }
}

function* headerOf(name: string, bytes: number): Generator<Uint8Array> {
  if (Buffer.byteLength(name) <= NAME_BYTES) {
    yield block(name, bytes, '0');
    return;
  }
  const record = paxRecord('path', name);
  yield block('long-name', record.length, 'x');
  yield record;
  yield new Uint8Array((BLOCK_BYTES - (record.length % BLOCK_BYTES)) % BLOCK_BYTES);
  yield block('long-name', bytes, '0');
}

/** `<length> path=<name>\n`, where the length counts its own digits. */
function paxRecord(key: string, value: string): Buffer {
  const rest = ` ${key}=${value}\n`;
  const bytes = Buffer.byteLength(rest);
  let length = bytes + String(bytes).length;
  if (bytes + String(length).length > length) length++;
  return Buffer.from(`${length}${rest}`);
}

function block(name: string, bytes: number, type: '0' | 'x'): Buffer {
  const header = Buffer.alloc(BLOCK_BYTES);
  const octal = (value: number, digits: number, at: number) =>
    header.write(`${value.toString(8).padStart(digits, '0')}\0`, at, 'latin1');
  header.write(name, 0, NAME_BYTES, 'utf8');
  octal(0o644, 7, 100);
  octal(0, 7, 108);
  octal(0, 7, 116);
  octal(bytes, 11, 124);
  octal(0, 11, 136);
  header.write(`        ${type}`, 148, 'latin1');
  header.write('ustar\x0000', 257, 'latin1');
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return header;
}

function refuse(folder: string, name: string, why: string, fix: string): SowerError {
  return new SowerError('E_DATA_READ', `${name} ${why}`, { where: folder, fix });
}
