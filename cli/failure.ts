/** How a command ends badly: one sentence on stderr and an exit code, never a stack trace unless `--debug`. */
import { appendFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describeError, EXIT, type ExitCode, printable, SowerError } from '../shared/kernel/errors.ts';

export interface FailureReport {
  readonly home: string;
  readonly debug: boolean;
}

/** Prints what went wrong and returns the exit code that says so. */
export function reportFailure(error: unknown, { home, debug }: FailureReport): ExitCode {
  if (error instanceof SowerError) {
    process.stderr.write(`${describeError(error)}\n`);
    if (debug) process.stderr.write(`${stackOf(error)}\n`);
    return error.exit;
  }
  const log = keepStack(home, error);
  const place = log === null ? 'run it again with --debug to see where' : `details in ${log}`;
  process.stderr.write(`E_BUG unexpected error: ${printable(messageOf(error))}; this is a fault of sower, ${place}\n`);
  if (debug) process.stderr.write(`${stackOf(error)}\n`);
  return EXIT.bug;
}

/** Null where the log cannot be written. */
function keepStack(home: string, error: unknown): string | null {
  try {
    const folder = join(home, 'logs');
    mkdirSync(folder, { recursive: true });
    const path = join(folder, 'sower.log');
    appendFileSync(path, `${new Date().toISOString()} ${process.argv.slice(2).join(' ')}\n${stackOf(error)}\n`);
    return path;
  } catch {
    return null;
  }
}

function stackOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause === undefined ? '' : `\ncaused by ${stackOf(error.cause)}`;
  return `${error.stack ?? error.message}${cause}`;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
