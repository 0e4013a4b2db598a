/** Starts one of Sower's own long-running verbs as a child process that ends when this process does. */
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { processEntry } from '../../shared/process/package-root.ts';
import type { LiveProcess } from './kept-process.ts';

export interface ChildVerb {
  /** Verb and flags, as they would be typed. */
  readonly args: readonly string[];
  /** Its stdout and stderr are appended here. */
  readonly logFile: string;
}

/**
 * The child sits in its own process group, so that a Ctrl-C in the terminal reaches only this process, which ends the
 * others in order. Its IPC channel breaks when this process dies in any way; with `--end-with-parent` it then ends too.
 */
export async function startChildVerb({ args, logFile }: ChildVerb): Promise<LiveProcess> {
  mkdirSync(dirname(logFile), { recursive: true });
  const log = openSync(logFile, 'a');
  const child = spawn(process.execPath, ['--enable-source-maps', processEntry('cli'), ...args, '--end-with-parent'], {
    stdio: ['ignore', log, log, 'ipc'],
    detached: true,
    env: { ...process.env, SOWER_LOG: process.env.SOWER_LOG ?? 'info', NODE_ENV: 'production' },
  });
  closeSync(log);
  const ended = endOf(child);
  if (child.pid === undefined) throw new Error(`cannot start ${process.execPath}: ${await ended}`);
  return { pid: child.pid, ended, end: (signal) => void child.kill(signal) };
}

function endOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('exit', (code, signal) => resolve(signal === null ? `exit code ${code}` : `signal ${signal}`));
  });
}
