import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type NatsServer, startNatsServer } from '../../shared/bus/nats/server.ts';

/** A real nats-server of a test: own store in a temporary folder, free loopback port, gone without a trace at the end. */
export interface TestNats extends AsyncDisposable {
  readonly url: string;
  readonly storeDir: string;
  readonly pid: number;
  readonly version: string;
  /** Ends the server as the signal does and starts it again on the same port and store. */
  restart(signal: 'SIGKILL' | 'SIGTERM'): Promise<void>;
  /** Ends the server and leaves it down. */
  down(signal: 'SIGKILL' | 'SIGTERM'): Promise<void>;
  /** Starts it again, on the same port; `empty` takes its store away first. */
  up(options?: { readonly empty: boolean }): Promise<void>;
  signal(signal: NodeJS.Signals): void;
}

export async function startTestNats(): Promise<TestNats> {
  const folder = await mkdtemp(join(tmpdir(), 'sower-nats-'));
  const storeDir = join(folder, 'store');
  let server: NatsServer = await startNatsServer({ storeDir });
  const { url, port } = server;

  const down = async (signal: 'SIGKILL' | 'SIGTERM') => {
    server.kill(signal);
    await server.closed;
  };
  const up = async (options = { empty: false }) => {
    if (options.empty) await rm(storeDir, { recursive: true });
    server = await startNatsServer({ storeDir, port });
  };
  return {
    url,
    storeDir,
    version: server.version,
    get pid() {
      return server.pid;
    },
    down,
    up,
    signal: (signal) => server.kill(signal),
    async restart(signal) {
      await down(signal);
      await up();
    },
    async [Symbol.asyncDispose]() {
      await server.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
