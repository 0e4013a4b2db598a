import { open, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { SowerError } from '../../shared/kernel/errors.ts';

/** Full MNIST is 47 MB; a file that claims far more is damaged or hostile. */
const MAX_FILE_BYTES = 1 << 30;

/** The first of `names` that is a file in `folder`, plain or with `.gz`; null where there is none. */
export async function findDataFile(folder: string, names: readonly string[]): Promise<string | null> {
  for (const name of names.flatMap((plain) => [plain, `${plain}.gz`])) {
    const path = join(folder, name);
    const found = await stat(path).catch(() => null);
    if (found?.isFile()) return path;
  }
  return null;
}

/** The contents of a file; unpacked where its name ends in `.gz`. Throws E_DATA_READ, E_DATA_FORMAT. */
export async function readDataFile(path: string): Promise<Uint8Array> {
  const bytes = await readFile(path).catch((cause: NodeJS.ErrnoException) => {
    throw unreadable(path, cause);
  });
  return path.endsWith('.gz') ? unpack(bytes, path) : bytes;
}

/** The first bytes of a file, at most `count`, and how many it has. Throws E_DATA_READ. */
export async function readHead(
  path: string,
  count: number,
): Promise<{ readonly head: Uint8Array; readonly bytes: number }> {
  try {
    const file = await open(path, 'r');
    try {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(count), 0, count, 0);
      return { head: buffer.subarray(0, bytesRead), bytes: (await file.stat()).size };
    } finally {
      await file.close();
    }
  } catch (cause) {
    throw unreadable(path, cause as NodeJS.ErrnoException);
  }
}

function unreadable(path: string, cause: NodeJS.ErrnoException): SowerError {
  return new SowerError('E_DATA_READ', `cannot read the file (${cause.code})`, {
    where: path,
    fix: 'let the user of the agent read it, or name another folder',
    cause,
  });
}

/** Throws E_DATA_FORMAT where `bytes` are not one intact gzip stream, E_ARCHIVE_RATIO for a bomb; `path` is for the message. */
export async function unpack(bytes: Uint8Array, path: string, maxBytes = MAX_FILE_BYTES): Promise<Uint8Array> {
  try {
    return await promisify(gunzip)(bytes, { maxOutputLength: maxBytes });
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') {
      const message = `its ${bytes.length} bytes would become more than ${maxBytes}, which is the most that is unpacked`;
      throw new SowerError('E_ARCHIVE_RATIO', message, {
        where: path,
        fix: 'unpack it yourself, if you trust it',
        cause,
      });
    }
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new SowerError('E_DATA_FORMAT', `not an intact gzip file: ${reason}`, {
      where: path,
      fix: 'replace it by an intact file',
      cause,
    });
  }
}
