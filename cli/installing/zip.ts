/**
 * Some files out of a large zip archive, without a program that may not be installed and without holding it in memory.
 * Source: PKWARE APPNOTE.TXT 6.3, sections 4.3.7, 4.3.12 and 4.3.16. Wheels need no zip64.
 */
import { createReadStream, createWriteStream } from 'node:fs';
import { type FileHandle, mkdir, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createInflateRaw } from 'node:zlib';

interface Entry {
  readonly name: string;
  readonly method: number;
  readonly compressedBytes: number;
  readonly headerAt: number;
}

const END_SIGNATURE = 0x06054b50;
const END_BYTES = 22;
const MOST_COMMENT_BYTES = 0xffff;
const ENTRY_SIGNATURE = 0x02014b50;
const ENTRY_BYTES = 46;
const LOCAL_BYTES = 30;
const STORED = 0;
const DEFLATED = 8;

/** Writes each entry to the path that `target` gives, leaving out those for which it gives null; counts what it wrote. */
export async function unpackZip(path: string, target: (entry: string) => string | null): Promise<number> {
  const file = await open(path, 'r');
  try {
    let count = 0;
    for (const entry of await readDirectory(file)) {
      const place = entry.name.endsWith('/') ? null : target(entry.name);
      if (place === null) continue;
      await mkdir(dirname(place), { recursive: true });
      await unpackEntry(file, path, entry, place);
      count++;
    }
    return count;
  } finally {
    await file.close();
  }
}

async function readAt(file: FileHandle, position: number, length: number): Promise<Buffer> {
  const buffer = Buffer.alloc(length);
  const { bytesRead } = await file.read(buffer, 0, length, position);
  if (bytesRead !== length) throw new Error('the archive is cut short');
  return buffer;
}

async function readDirectory(file: FileHandle): Promise<readonly Entry[]> {
  const { size } = await file.stat();
  const tailBytes = Math.min(size, END_BYTES + MOST_COMMENT_BYTES);
  const tail = await readAt(file, size - tailBytes, tailBytes);
  let end = tail.length - END_BYTES;
  while (end >= 0 && tail.readUInt32LE(end) !== END_SIGNATURE) end--;
  if (end < 0) throw new Error('this is no zip archive');
  const count = tail.readUInt16LE(end + 10);
  const directory = await readAt(file, tail.readUInt32LE(end + 16), tail.readUInt32LE(end + 12));
  const entries: Entry[] = [];
  for (let at = 0; entries.length < count; ) {
    if (directory.readUInt32LE(at) !== ENTRY_SIGNATURE) throw new Error('the archive is damaged');
    const nameBytes = directory.readUInt16LE(at + 28);
    const name = directory.toString('utf8', at + ENTRY_BYTES, at + ENTRY_BYTES + nameBytes);
    const compressedBytes = directory.readUInt32LE(at + 20);
    entries.push({
      name,
      method: directory.readUInt16LE(at + 10),
      compressedBytes,
      headerAt: directory.readUInt32LE(at + 42),
    });
    at += ENTRY_BYTES + nameBytes + directory.readUInt16LE(at + 30) + directory.readUInt16LE(at + 32);
  }
  return entries;
}

async function unpackEntry(file: FileHandle, path: string, entry: Entry, place: string): Promise<void> {
  const local = await readAt(file, entry.headerAt, LOCAL_BYTES);
  const start = entry.headerAt + LOCAL_BYTES + local.readUInt16LE(26) + local.readUInt16LE(28);
  const output = createWriteStream(place);
  if (entry.compressedBytes === 0) {
    output.end();
    return;
  }
  const bytes = createReadStream(path, { start, end: start + entry.compressedBytes - 1 });
  if (entry.method === STORED) await pipeline(bytes, output);
  else if (entry.method === DEFLATED) await pipeline(bytes, createInflateRaw(), output);
  else throw new Error(`${entry.name} is packed with method ${entry.method}, which is not supported`);
}
