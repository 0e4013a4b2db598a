import { type DestinationStream, pino } from 'pino';
import type { Log } from '../shared/kernel/clock.ts';

export interface LogOptions {
  /** How often `-v` was given. */
  readonly verbosity: number;
  /** `SOWER_LOG`: a level for processes whose flags nobody types. */
  readonly level: string | undefined;
  /** Services tell what they do; commands only what is wrong. */
  readonly fallback: 'info' | 'warn';
}

/** Logs go to stderr, one JSON object a line. */
export function createLog(options: LogOptions): Log {
  return logTo(pino.destination({ fd: 2, sync: true }), levelOf(options));
}

/** A log in a file, for what a screen must not be written over. */
export function createFileLog(path: string): Log {
  return logTo(pino.destination({ dest: path, mkdir: true, sync: true }), 'info');
}

function levelOf({ verbosity, level: named, fallback }: LogOptions): string {
  const asked = verbosity >= 2 ? 'debug' : verbosity === 1 ? 'info' : named;
  return asked !== undefined && asked in pino.levels.values ? asked : fallback;
}

function logTo(destination: DestinationStream, level: string): Log {
  const logger = pino({ level, base: { pid: process.pid } }, destination);
  return (severity, message, fields) => logger[severity](fields ?? {}, message);
}
