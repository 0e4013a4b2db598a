/** Packed files too large for memory, unpacked beside the cache piece by piece. */
import { createHash, randomUUID } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, open, rename, rm, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { SowerError } from '../../shared/kernel/errors.ts';
import { removeAbandonedDrafts } from './abandoned-drafts.ts';

/** Length of what a gzip file ends with: checksum, then the unpacked length modulo 2^32 (RFC 1952). */
const LENGTH_BYTES = 4;

/** Bytes of the file's contents; of a packed file as its last bytes say, which is right below 4 GiB. */
export async function contentBytes(path: string): Promise<number> {
  const file = await open(path, 'r').catch(() => null);
  // Whoever reads it says what is wrong.
  if (file === null) return 0;
  try {
    const { size } = await file.stat();
    if (!path.endsWith('.gz') || size < LENGTH_BYTES) return size;
    const tail = Buffer.alloc(LENGTH_BYTES);
    await file.read(tail, 0, LENGTH_BYTES, size - LENGTH_BYTES);
    return Math.max(tail.readUInt32LE(), size);
  } finally {
    await file.close();
  }
}

/** Path of the plain file: `path` itself, or an unpacked copy in the cache, made once. Throws E_DATA_FORMAT, E_DATA_READ. */
export async function plainFile(path: string, cacheDir: string): Promise<string> {
  if (!path.endsWith('.gz')) return path;
  const { size, mtimeMs } = await stat(path);
  const identity = createHash('sha256')
    .update(JSON.stringify([path, size, mtimeMs]))
    .digest('hex');
  const folder = join(cacheDir, 'unpacked');
  const plain = join(folder, `${identity.slice(0, 12)}-${basename(path, '.gz')}`);
  if ((await stat(plain).catch(() => null)) !== null) return plain;
  await mkdir(folder, { recursive: true });
  await removeAbandonedDrafts(folder);
  const draft = `${plain}.${randomUUID()}.part`;
  try {
    await pipeline(createReadStream(path), createGunzip(), createWriteStream(draft));
    await rename(draft, plain);
  } catch (cause) {
    await rm(draft, { force: true });
    const packed = cause instanceof Error && 'code' in cause && String(cause.code).startsWith('Z_');
    throw new SowerError(
      packed ? 'E_DATA_FORMAT' : 'E_DATA_READ',
      `cannot unpack the file: ${cause instanceof Error ? cause.message : cause}`,
      { where: path, fix: packed ? 'replace it by an intact file' : `make room below ${folder}`, cause },
    );
  }
  return plain;
}
