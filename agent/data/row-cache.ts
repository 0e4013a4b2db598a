/** Rows that took work to make, kept beside the cache as they are read: once made, never decoded again. */
import { createHash, randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { SowerError } from '../../shared/kernel/errors.ts';
import { removeAbandonedDrafts } from './abandoned-drafts.ts';
import { type DataRows, firstRows, rowLength, type StoredRows } from './data-set.ts';
import { openStoredRows, type RowFile } from './stored-rows.ts';

export interface CachedRows extends Omit<RowFile, 'path' | 'offsetBytes'> {
  readonly cacheDir: string;
  /** All that the rows depend on: the hash of what they are made of, and how. */
  readonly madeOf: readonly unknown[];
  /** Hands the rows over in their order, any number of whole ones at a time. */
  readonly make: (append: (rows: Uint8Array | Float32Array) => Promise<void>) => Promise<void>;
  /** Rows that take more stay on disk. Default: they are read into memory. */
  readonly memoryBytes?: number | undefined;
}

/** What the file ends with: the SHA-256 of all before. */
const HASH_BYTES = 32;

/** The rows from the cache where an intact copy lies there, else made and left there. Throws what `make` throws, E_DATA_READ. */
export async function cachedRows(wanted: CachedRows): Promise<DataRows> {
  const { cacheDir, madeOf, make, memoryBytes, ...rows } = wanted;
  const bytes = rows.rows * rowLength(rows) * (rows.inputType === 'uint8' ? 1 : Float32Array.BYTES_PER_ELEMENT);
  const identity = createHash('sha256').update(JSON.stringify([madeOf, rows.shape, rows.inputType, rows.rows]));
  const path = join(cacheDir, 'rows', `${identity.digest('hex').slice(0, 32)}.bin`);
  if (!(await isIntact(path, bytes))) await writeRows(path, bytes, make);
  const stored: StoredRows = openStoredRows({ ...rows, path, offsetBytes: 0 });
  return memoryBytes === undefined || bytes <= memoryBytes ? firstRows(stored, stored.rows) : stored;
}

async function isIntact(path: string, bytes: number): Promise<boolean> {
  const found = await stat(path).catch(() => null);
  if (found?.size !== bytes + HASH_BYTES) return false;
  const hash = createHash('sha256');
  let done = 0;
  let ending = Buffer.alloc(0);
  for await (const part of createReadStream(path, { highWaterMark: 1 << 20 })) {
    const own = (part as Buffer).subarray(0, Math.max(0, bytes - done));
    hash.update(own);
    ending = Buffer.concat([ending, (part as Buffer).subarray(own.length)]);
    done += (part as Buffer).length;
  }
  return hash.digest().equals(ending);
}

/** Others may make the same rows at the same time: each writes a file of its own and puts it there when it is whole. */
async function writeRows(path: string, bytes: number, make: CachedRows['make']): Promise<void> {
  const folder = join(path, '..');
  const draft = `${path}.${randomUUID()}.part`;
  try {
    await mkdir(folder, { recursive: true });
    await removeAbandonedDrafts(folder);
    const file = await open(draft, 'w');
    try {
      const hash = createHash('sha256');
      let done = 0;
      await make(async (rows) => {
        const part = new Uint8Array(rows.buffer, rows.byteOffset, rows.byteLength);
        hash.update(part);
        done += part.length;
        await file.writeFile(part);
      });
      if (done !== bytes) throw new Error(`rows of ${bytes} bytes were announced, ${done} bytes came`);
      await file.writeFile(hash.digest());
    } finally {
      await file.close();
    }
    await rename(draft, path);
  } catch (error) {
    await rm(draft, { force: true });
    if (error instanceof SowerError || !(error instanceof Error) || !('code' in error)) throw error;
    throw new SowerError('E_DATA_READ', `cannot keep decoded rows (${error.code})`, {
      where: folder,
      fix: 'make room there, or let the user of the agent write to it',
      cause: error,
    });
  }
}
