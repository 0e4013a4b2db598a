import { pino } from 'pino';
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
export function createLog({ verbosity, level: named, fallback }: LogOptions): Log {
  const asked = verbosity >= 2 ? 'debug' : verbosity === 1 ? 'info' : named;
  const level = asked !== undefined && asked in pino.levels.values ? asked : fallback;
  const logger = pino({ level, base: { pid: process.pid } }, pino.destination({ fd: 2, sync: true }));
  return (severity, message, fields) => logger[severity](fields ?? {}, message);
}
