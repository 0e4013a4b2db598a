/** A verb of ours that is kept running with an HTTP endpoint on a loopback port. */
import { join } from 'node:path';
import type { Log } from '../../shared/kernel/clock.ts';
import { startChildVerb } from './child-verb.ts';
import { freePort } from './free-port.ts';
import { type KeptProcess, keepRunning } from './kept-process.ts';

export interface WorkerOptions {
  readonly name: 'coordinator' | 'agent';
  /** The verb and its flags, without `--listen`. */
  readonly args: readonly string[];
  readonly wishedPort: number;
  readonly home: string;
  readonly log: Log;
  readonly onStart: () => void;
}

export interface Worker {
  readonly process: KeptProcess;
  /** Address of its endpoint; another one only where somebody took the port between two lives. */
  url(): string;
}

export async function keepWorker({ name, args, wishedPort, home, log, onStart }: WorkerOptions): Promise<Worker> {
  const logFile = join(home, 'logs', `${name}.log`);
  let port = wishedPort;
  const process = await keepRunning({
    name,
    start: async () => {
      port = await freePort(port);
      return startChildVerb({ args: [...args, '--listen', `127.0.0.1:${port}`, '--home', home], logFile });
    },
    log,
    onStart,
    hint: `see the end of ${logFile}`,
  });
  return { process, url: () => `http://127.0.0.1:${port}` };
}
