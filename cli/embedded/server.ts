/** The embedded nats-server: found or installed, rid of a forgotten predecessor, restarted on the same port and store. */
import { findNatsServer, type NatsServer, servedStore, startNatsServer } from '../../shared/bus/nats/server.ts';
import type { Log } from '../../shared/kernel/clock.ts';
import { endProcess, identify } from '../../shared/process/process-identity.ts';
import { type KeptProcess, keepRunning, type LiveProcess } from './kept-process.ts';

export interface ServerHandle {
  readonly url: string;
  readonly process: KeptProcess;
}

export interface OpenServerOptions {
  readonly storeDir: string;
  readonly log: Log;
  readonly note: (line: string) => void;
  readonly onStart: () => void;
}

const PREDECESSOR_GRACE_MS = 5_000;

/** The caller owns the home folder, so a server that still serves its store was left behind by an owner that died. */
export async function openServer({ storeDir, log, note, onStart }: OpenServerOptions): Promise<ServerHandle> {
  const binary = await findNatsServer({ install: true, log: (_level, message) => note(message) });
  const left = await servedStore(storeDir);
  if (left !== null) await endProcess(identify(left.pid), PREDECESSOR_GRACE_MS);
  let port = 0;
  let url = '';
  const start = async (): Promise<LiveProcess> => {
    const server = await startNatsServer({ storeDir, port, binary });
    port = server.port;
    url = server.url;
    return asLiveProcess(server);
  };
  const process = await keepRunning({
    name: 'nats-server',
    start,
    log,
    onStart,
    hint: `see the end of ${storeDir}/nats-server.log`,
  });
  return { url, process };
}

function asLiveProcess(server: NatsServer): LiveProcess {
  return {
    pid: server.pid,
    ended: server.closed.then(({ code, signal }) => (signal === null ? `exit code ${code}` : `signal ${signal}`)),
    end: (signal) => server.kill(signal),
  };
}
