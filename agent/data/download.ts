import { createHash } from 'node:crypto';
import { EXIT, SowerError } from '../../shared/kernel/errors.ts';
import { writeFileAtomically } from '../../shared/process/atomic-file.ts';

/** A file that the whole world has the same copy of. */
export interface KnownFile {
  readonly name: string;
  readonly bytes: number;
  readonly sha256: string;
}

export interface Download {
  readonly file: KnownFile;
  /** Addresses of folders that hold the file, tried in order. */
  readonly mirrors: readonly string[];
  readonly path: string;
  /** Takes one line of progress for people. */
  readonly notify: (line: string) => void;
}

/** A server that sends nothing for this long is given up. */
const IDLE_MS = 20_000;

/**
 * Fetches the file, checks its SHA-256 and leaves it at `path`. Throws E_DATA_HASH where what a mirror sent is another
 * file, E_DATA_DOWNLOAD where no mirror sent anything.
 */
export async function download({ file, mirrors, path, notify }: Download): Promise<Uint8Array> {
  const failures: SowerError[] = [];
  for (const mirror of mirrors) {
    const url = `${mirror}/${file.name}`;
    notify(`downloading ${url} (${Math.ceil(file.bytes / 1000)} kB)`);
    try {
      const bytes = await fetchBytes(url, file.bytes);
      checkHash(bytes, file, url);
      await writeFileAtomically(path, bytes);
      notify(`saved ${path}`);
      return bytes;
    } catch (error) {
      failures.push(error instanceof SowerError ? error : unreachable(url, error));
      notify(`no luck: ${failures.at(-1)!.message}`);
    }
  }
  throw failures.find((failure) => failure.code === 'E_DATA_HASH') ?? failures.at(-1)!;
}

/** Throws E_DATA_HASH where `bytes` are not the file as the world knows it. */
export function checkHash(bytes: Uint8Array, file: KnownFile, where: string): void {
  const actual = createHash('sha256').update(bytes).digest('hex');
  if (actual === file.sha256) return;
  throw new SowerError(
    'E_DATA_HASH',
    `${file.name} has SHA-256 ${actual.slice(0, 12)}..., expected ${file.sha256.slice(0, 12)}...`,
    { where, fix: 'try another network, or give a folder that holds the data with --data-dir' },
  );
}

/** Reads at most `limit` + 1 bytes: more is the wrong file, whatever it is. */
async function fetchBytes(url: string, limit: number): Promise<Uint8Array> {
  const abort = new AbortController();
  const idle = setTimeout(() => abort.abort(new Error('the server says nothing')), IDLE_MS);
  try {
    const response = await fetch(url, { signal: abort.signal });
    if (!response.ok || response.body === null) throw new Error(`the server answers ${response.status}`);
    const chunks: Uint8Array[] = [];
    let length = 0;
    for await (const chunk of response.body) {
      idle.refresh();
      chunks.push(chunk);
      length += chunk.length;
      if (length > limit) break;
    }
    return Buffer.concat(chunks);
  } finally {
    clearTimeout(idle);
  }
}

function unreachable(url: string, cause: unknown): SowerError {
  const error = cause instanceof Error ? cause : new Error(String(cause));
  const reason = error.cause instanceof Error && error.cause.message !== '' ? error.cause.message : error.message;
  return new SowerError('E_DATA_DOWNLOAD', `cannot download the data set: ${reason}`, {
    where: url,
    fix: 'give a folder that holds the files with --data-dir DIR or SOWER_DATA, or connect this machine to the network',
    exit: EXIT.unreachable,
    cause,
  });
}
