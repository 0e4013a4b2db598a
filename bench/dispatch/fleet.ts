import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type NatsServer, startNatsServer } from '../../shared/bus/nats/server.ts';
import { processEntry } from '../../shared/process/package-root.ts';

export interface BenchFleet extends AsyncDisposable {
  readonly nats: NatsServer;
  /** Rejects where one of the processes ends before its time. */
  readonly broken: Promise<never>;
  /** The coordinator's metrics by name; undefined before it answers. */
  metrics(): Promise<ReadonlyMap<string, number> | undefined>;
}

/**
 * A server, a coordinator and one agent, each a process of its own as people run them, in a temporary folder. They inherit
 * node's flags: `node --cpu-prof dist/bench.js dispatch` profiles all of them.
 */
export async function startFleet(slots: number): Promise<BenchFleet> {
  const folder = await mkdtemp(join(tmpdir(), 'sower-bench-'));
  const nats = await startNatsServer({ storeDir: join(folder, 'nats') });
  const listen = `127.0.0.1:${await freePort()}`;
  const start = (name: string, ...args: string[]) => {
    const log = createWriteStream(join(folder, `${name}.log`));
    const child = spawn(process.execPath, [...process.execArgv, processEntry('cli'), ...args, '--nats', nats.url], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, SOWER_HOME: join(folder, name) },
    });
    child.stdout.pipe(log);
    child.stderr.pipe(log, { end: false });
    return child;
  };
  const children = [
    start('coordinator', 'coordinator', '--listen', listen),
    start('agent', 'agent', 'start', '--slots', String(slots)),
  ];
  let ending = false;
  const broken = Promise.race(children.map((child) => once(child, 'exit'))).then(() => {
    if (ending) return new Promise<never>(() => undefined);
    throw new Error(`a process of the benchmark ended; its log is in ${folder}`);
  });
  broken.catch(() => undefined);
  return {
    nats,
    broken,
    metrics: () => scrape(listen),
    async [Symbol.asyncDispose]() {
      const whole = children.every(({ exitCode }) => exitCode === null);
      ending = true;
      await Promise.all(children.map(end));
      await nats.stop();
      if (whole) await rm(folder, { recursive: true, force: true });
    },
  };
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGTERM');
  await once(child, 'exit');
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('invariant broken: a TCP server has a port');
  return address.port;
}

async function scrape(listen: string): Promise<ReadonlyMap<string, number> | undefined> {
  try {
    const text = await (await fetch(`http://${listen}/metrics`)).text();
    const samples = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
    return new Map(
      samples.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ') + 1))]),
    );
  } catch {
    return undefined;
  }
}
