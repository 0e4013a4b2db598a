import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rm, stat, statfs, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { EXIT, SowerError } from '../../kernel/errors.ts';
import { findNatsServer, serverVersion } from './find-server.ts';
import { parseServerVersion, renderServerConfig, serverFiles } from './server-config.ts';
import { readGreeting } from './server-greeting.ts';

export { findNatsServer } from './find-server.ts';

export interface NatsServerOptions {
  /** Folder of the streams, the configuration and the log; made if it is not there. */
  readonly storeDir: string;
  /** 0 or none: the server chooses a free loopback port. */
  readonly port?: number;
  /** Path of the program; found on PATH when not given. */
  readonly binary?: string;
  /** Most that the streams may take of the disk; 80 % of what is free there when not given. */
  readonly maxStoreBytes?: number;
}

export interface ServerExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface NatsServer {
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  readonly storeDir: string;
  readonly version: string;
  /** Resolves when the process has ended, for whatever reason; start again with the same `port` and `storeDir`. */
  readonly closed: Promise<ServerExit>;
  /** SIGTERM, then SIGKILL after 10 s; resolves when the process is gone. */
  stop(): Promise<void>;
  kill(signal: NodeJS.Signals): void;
}

const START_DEADLINE_MS = 30_000;
const STOP_DEADLINE_MS = 10_000;
const POLL_MS = 20;
/** The rest of the volume stays free: a full disk freezes newer servers until they are restarted. */
const STORE_SHARE = 0.8;

/** Starts a JetStream server on loopback and resolves when clients can connect. Refuses a store that is being served. */
export async function startNatsServer(options: NatsServerOptions): Promise<NatsServer> {
  const storeDir = resolve(options.storeDir);
  const binary = options.binary ?? (await findNatsServer({ install: false, log: () => undefined }));
  const version = parseServerVersion(await serverVersion(binary));
  if (version === null)
    throw new SowerError('E_NATS_SERVER_BROKEN', `${binary} does not tell its version`, {
      fix: 'install another (apt-get install nats-server), or give --nats URL',
      exit: EXIT.notFound,
    });
  await mkdir(storeDir, { recursive: true, mode: 0o700 });
  await refuseServedStore(storeDir);

  const files = serverFiles(storeDir);
  const serverName = `sower-${randomUUID()}`;
  const port = options.port === undefined || options.port === 0 ? null : options.port;
  const maxStoreBytes = options.maxStoreBytes ?? (await storeLimit(storeDir));
  await removePortFiles(storeDir);
  await writeFile(files.config, renderServerConfig({ serverName, port, storeDir, maxStoreBytes, version }), {
    mode: 0o600,
  });
  await writeFile(files.log, '');

  // Detached: Ctrl-C in a terminal reaches the whole foreground group, but the server must outlive its clients' last words.
  const child = spawn(binary, ['-c', files.config], { detached: true, stdio: 'ignore' });
  const closed = new Promise<ServerExit>((resolveExit) => {
    child.once('error', () => resolveExit({ code: null, signal: null }));
    child.once('exit', (code, signal) => resolveExit({ code, signal }));
  });
  try {
    const chosen = await waitUntilReady({ child, closed, port, storeDir, serverName });
    await writeFile(files.state, JSON.stringify({ serverName, port: chosen, pid: child.pid }), { mode: 0o600 });
    return runningServer(child, closed, chosen, storeDir, version.join('.'));
  } catch (error) {
    child.kill('SIGKILL');
    await closed;
    throw error;
  }
}

/** The server that serves a store right now, whoever started it; null where none does. */
export async function servedStore(storeDir: string): Promise<{ readonly url: string; readonly pid: number } | null> {
  const state = await readFile(serverFiles(resolve(storeDir)).state, 'utf8').catch(() => null);
  if (state === null) return null;
  const { serverName, port, pid } = JSON.parse(state) as { serverName: string; port: number; pid: number };
  const greeting = await readGreeting(port, 2_000);
  return greeting?.serverName === serverName ? { url: `nats://127.0.0.1:${port}`, pid } : null;
}

async function refuseServedStore(storeDir: string): Promise<void> {
  const served = await servedStore(storeDir);
  if (served === null) return;
  throw new SowerError(
    'E_NATS_STORE_IN_USE',
    `a nats-server (process ${served.pid}) serves this store at ${served.url}`,
    {
      where: storeDir,
      fix: `use it with --nats ${served.url}, or end it`,
      exit: EXIT.conflict,
    },
  );
}

async function storeLimit(storeDir: string): Promise<number> {
  const volume = await statfs(storeDir);
  const freeBytes = volume.bavail * volume.bsize;
  return Math.max(
    Math.floor((freeBytes + (await usedBytes(join(storeDir, 'jetstream')))) * STORE_SHARE),
    256 * 2 ** 20,
  );
}

async function usedBytes(folder: string): Promise<number> {
  const entries = await readdir(folder, { recursive: true }).catch(() => []);
  const sizes = await Promise.all(
    entries.map((entry) =>
      stat(join(folder, entry)).then(
        (s) => s.size,
        () => 0,
      ),
    ),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}

async function removePortFiles(storeDir: string): Promise<void> {
  const stale = (await readdir(storeDir)).filter((name) => name.endsWith('.ports'));
  await Promise.all(stale.map((name) => rm(join(storeDir, name), { force: true })));
}

interface Starting {
  readonly child: ChildProcess;
  readonly closed: Promise<ServerExit>;
  readonly port: number | null;
  readonly storeDir: string;
  readonly serverName: string;
}

async function waitUntilReady(starting: Starting): Promise<number> {
  const { closed, storeDir, serverName } = starting;
  const deadline = performance.now() + START_DEADLINE_MS;
  let exit: ServerExit | null = null;
  void closed.then((value) => {
    exit = value;
  });
  while (exit === null && performance.now() < deadline) {
    const port = starting.port ?? (await chosenPort(storeDir));
    const greeting = port === null ? null : await readGreeting(port, 1_000);
    if (port !== null && greeting?.serverName === serverName && greeting.jetstream) return port;
    await new Promise((wake) => setTimeout(wake, POLL_MS));
  }
  const log = await readFile(serverFiles(storeDir).log, 'utf8').catch(() => '');
  const reason = log.trim().split('\n').at(-1) ?? '';
  if (/address already in use/.test(log)) {
    throw new SowerError('E_NATS_PORT', `port ${starting.port} on 127.0.0.1 is in use`, {
      fix: 'run it again: another free port is tried',
      exit: EXIT.conflict,
    });
  }
  throw new SowerError('E_NATS_SERVER_START', `nats-server did not start: ${reason || 'it wrote no log'}`, {
    where: serverFiles(storeDir).log,
    fix: 'see this log; sower doctor checks disk and server',
    exit: EXIT.unreachable,
  });
}

async function chosenPort(storeDir: string): Promise<number | null> {
  const name = (await readdir(storeDir)).find((entry) => entry.endsWith('.ports'));
  if (name === undefined) return null;
  const match = /:(\d+)"/.exec(await readFile(join(storeDir, name), 'utf8'));
  return match === null ? null : Number(match[1]);
}

function runningServer(
  child: ChildProcess,
  closed: Promise<ServerExit>,
  port: number,
  storeDir: string,
  version: string,
): NatsServer {
  return {
    url: `nats://127.0.0.1:${port}`,
    port,
    pid: child.pid as number,
    storeDir,
    version,
    closed,
    kill: (signal) => void child.kill(signal),
    async stop() {
      child.kill('SIGTERM');
      const timer = setTimeout(() => child.kill('SIGKILL'), STOP_DEADLINE_MS);
      await closed;
      clearTimeout(timer);
    },
  };
}
