import { createHash } from 'node:crypto';
import { chmod, mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import type { Log } from '../../kernel/clock.ts';
import { EXIT, SowerError } from '../../kernel/errors.ts';

const VERSION = '2.14.5';

/** SHA-256 of the archives of release 2.14.5; the Linux sums are also those in the project's own container images. */
const SHA256: Readonly<Record<string, string>> = {
  'linux-amd64': '5e3b603d47c447bda1f77f9ac16dbf91c90aac4ff3681f8fbbc7201e4ed99355',
  'linux-arm64': '673a98d3faa79dde3f9ebf16d6dfac36a5f694e7ad2015e4954dd7939c85cd4c',
  'darwin-amd64': 'f95c98d6b6ed2b63c5681b46b092c9585c99767d547cf495730c329234625e96',
  'darwin-arm64': 'ddd907854d9a2de834af133fa396915fe6442fe6d8909ae31390d1ea7a0fea50',
};

const ARCHITECTURE: Readonly<Record<string, string>> = { x64: 'amd64', arm64: 'arm64' };
const DOWNLOAD_DEADLINE_MS = 120_000;

/** Downloads the pinned release into `folder` and returns the program's path; null where there is none for this machine. */
export async function downloadServerRelease(folder: string, log: Log): Promise<string | null> {
  const target = `${process.platform}-${ARCHITECTURE[process.arch] ?? process.arch}`;
  const expected = SHA256[target];
  if (expected === undefined) {
    log('info', `nats-server: no release is pinned for ${target}`);
    return null;
  }
  const name = `nats-server-v${VERSION}-${target}`;
  const url = `https://github.com/nats-io/nats-server/releases/download/v${VERSION}/${name}.tar.gz`;
  log('info', `nats-server: downloading ${url}`);
  const response = await fetch(url, { signal: AbortSignal.timeout(DOWNLOAD_DEADLINE_MS) });
  if (!response.ok) throw new Error(`HTTP ${response.status}`);
  const archive = new Uint8Array(await response.arrayBuffer());
  checkDigest(url, archive, expected);
  log('info', `nats-server: SHA-256 ${expected.slice(0, 12)}… is right`);
  return unpack(folder, name, archive);
}

/** Refuses an archive that is not the pinned one. */
export function checkDigest(url: string, archive: Uint8Array, expected: string): void {
  const actual = createHash('sha256').update(archive).digest('hex');
  if (actual === expected) return;
  throw new SowerError(
    'E_NATS_SERVER_DIGEST',
    `SHA-256 is ${actual.slice(0, 12)}…, expected ${expected.slice(0, 12)}…`,
    {
      where: url,
      fix: 'do not use this file; install nats-server another way',
      exit: EXIT.checkFailed,
    },
  );
}

/** Unpacks beside the final place and renames, so a half-written program is never found. */
async function unpack(folder: string, name: string, archive: Uint8Array): Promise<string> {
  await mkdir(folder, { recursive: true });
  const scratch = await mkdtemp(join(folder, 'unpack-'));
  try {
    await writeFile(join(scratch, 'archive.tar.gz'), archive);
    await execa('tar', ['-xzf', 'archive.tar.gz'], { cwd: scratch });
    await chmod(join(scratch, name, 'nats-server'), 0o755);
    await rename(join(scratch, name, 'nats-server'), join(folder, 'nats-server'));
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
  return join(folder, 'nats-server');
}
