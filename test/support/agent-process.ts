import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { processEntry } from '../../shared/process/package-root.ts';

export interface AgentProcess {
  readonly pid: number;
  /** What it wrote to stderr so far. */
  readonly said: () => string;
  kill(signal: NodeJS.Signals): void;
  /** Resolves with the exit code, or the signal's name. */
  readonly ended: Promise<number | string>;
}

/** `sower agent start` as a process of its own. */
export function startAgentProcess(nats: string, home: string, name: string, slots: number): AgentProcess {
  const args = [processEntry('cli'), 'agent', 'start', '--nats', nats, '--name', name, '--slots', String(slots)];
  const child: ChildProcess = spawn(process.execPath, args, {
    env: { ...process.env, SOWER_HOME: home },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  return {
    pid: child.pid as number,
    said: () => said,
    kill: (signal) => void child.kill(signal),
    ended: once(child, 'exit').then(([code, signal]) => (code ?? signal) as number | string),
  };
}
