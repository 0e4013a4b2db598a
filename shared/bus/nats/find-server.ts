import { access, constants } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { execa } from 'execa';
import type { Log } from '../../kernel/clock.ts';
import { EXIT, SowerError } from '../../kernel/errors.ts';
import { userCache } from '../../process/user-cache.ts';
import { downloadServerRelease } from './server-release.ts';

export interface FindServerOptions {
  /** Whether missing software may be installed; each step says what it does. */
  readonly install: boolean;
  readonly log: Log;
}

/** Debian puts the server into /usr/sbin, which is not on the PATH of ordinary users. */
const MORE_FOLDERS = ['/usr/sbin', '/usr/local/sbin', '/usr/local/bin', '/opt/homebrew/bin'];

/** Where a downloaded server is kept between runs. */
const downloadFolder = () => userCache('nats-server');

/**
 * Path of a nats-server: `SOWER_NATS_SERVER`, PATH, an earlier download; then, where installing is allowed, apt-get,
 * Homebrew, and the release on GitHub, checked against pinned SHA-256 sums. E_NATS_SERVER_MISSING where all fail.
 */
export async function findNatsServer(options: FindServerOptions): Promise<string> {
  const found = await installedServer();
  if (found !== null) return found;
  if (options.install) {
    for (const step of [installWithApt, installWithBrew, installFromGitHub]) {
      const installed = await step(options.log);
      if (installed !== null) return installed;
    }
  }
  throw new SowerError('E_NATS_SERVER_MISSING', 'no nats-server was found on this machine', {
    fix: 'install it (Debian: apt-get install nats-server; macOS: brew install nats-server), set SOWER_NATS_SERVER to its path, or give --nats URL',
    exit: EXIT.notFound,
  });
}

/** The first line of `nats-server --version`. */
export async function serverVersion(binary: string): Promise<string> {
  const result = await execa(binary, ['--version'], { reject: false, timeout: 10_000 });
  if (result.failed) {
    throw new SowerError('E_NATS_SERVER_BROKEN', `${binary} could not be run: ${result.shortMessage}`, {
      fix: 'install another (apt-get install nats-server), or give --nats URL',
      exit: EXIT.notFound,
    });
  }
  return result.stdout.split('\n')[0] ?? '';
}

async function installedServer(): Promise<string | null> {
  const given = process.env.SOWER_NATS_SERVER;
  if (given !== undefined && given !== '') {
    await serverVersion(given);
    return given;
  }
  const onPath = await programOnPath('nats-server');
  if (onPath !== null) return onPath;
  const downloaded = join(downloadFolder(), 'nats-server');
  return (await isExecutable(downloaded)) ? downloaded : null;
}

async function installWithApt(log: Log): Promise<string | null> {
  const apt = await programOnPath('apt-get');
  if (apt === null) return null;
  const command = await asRoot(apt);
  if (command === null) {
    log('info', 'nats-server: apt-get needs root and there is no sudo, so it is skipped');
    return null;
  }
  log('info', `nats-server: ${[...command, 'install nats-server'].join(' ')}`);
  const run = (...args: string[]) => runQuietly([...command, ...args], { DEBIAN_FRONTEND: 'noninteractive' });
  await run('-q', 'update');
  const problem = await run('-q', '-y', '--no-install-recommends', 'install', 'nats-server');
  return finishStep('apt-get', problem, log);
}

async function installWithBrew(log: Log): Promise<string | null> {
  const brew = await programOnPath('brew');
  if (brew === null) return null;
  log('info', 'nats-server: brew install nats-server');
  return finishStep('brew', await runQuietly([brew, 'install', 'nats-server'], {}), log);
}

async function installFromGitHub(log: Log): Promise<string | null> {
  try {
    return await downloadServerRelease(downloadFolder(), log);
  } catch (error) {
    if (error instanceof SowerError) throw error;
    log('warn', `nats-server: the download failed: ${(error as Error).message}`);
    return null;
  }
}

async function finishStep(name: string, problem: string | null, log: Log): Promise<string | null> {
  const path = await programOnPath('nats-server');
  if (path === null) log('warn', `nats-server: ${name} did not install it: ${problem ?? 'no program appeared'}`);
  return path;
}

/** The words that run a program as root; null where that is impossible. sudo may ask for a password on a terminal only. */
async function asRoot(program: string): Promise<string[] | null> {
  if (process.getuid?.() === 0) return [program];
  const sudo = await programOnPath('sudo');
  if (sudo === null) return null;
  return process.stdin.isTTY ? [sudo, program] : [sudo, '-n', program];
}

/** null where the command succeeded, else its last line. */
async function runQuietly(words: readonly string[], env: Record<string, string>): Promise<string | null> {
  const [program, ...args] = words as [string, ...string[]];
  const result = await execa(program, args, { reject: false, env, stdin: 'inherit', all: true, timeout: 600_000 });
  return result.failed ? (result.all?.trim().split('\n').at(-1) ?? result.shortMessage ?? 'it failed') : null;
}

async function programOnPath(name: string): Promise<string | null> {
  const folders = [...(process.env.PATH ?? '').split(delimiter).filter((folder) => folder !== ''), ...MORE_FOLDERS];
  for (const folder of folders) {
    if (await isExecutable(join(folder, name))) return join(folder, name);
  }
  return null;
}

async function isExecutable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}
