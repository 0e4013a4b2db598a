/** What every verb is handed: resolved settings, where to write, and how to log. */
import { resolve } from 'node:path';
import type { Log } from '../shared/kernel/clock.ts';
import { createLog } from './log.ts';
import { createOutput, type Output } from './output/output.ts';

/** Global flags as commander hands them over. */
export interface GlobalFlags {
  readonly json?: boolean;
  readonly plain?: boolean;
  /** False where `--no-color` was given. */
  readonly color?: boolean;
  readonly quiet?: boolean;
  readonly verbose?: number;
  readonly debug?: boolean;
  readonly nats?: string;
  readonly home?: string;
}

export interface CliContext {
  /** Absolute folder of everything Sower keeps on this machine. */
  readonly home: string;
  /** Server given by a person, or null for the embedded one. */
  readonly natsUrl: string | null;
  readonly json: boolean;
  readonly plain: boolean;
  readonly debug: boolean;
  readonly output: Output;
  readonly log: Log;
  /** How to type this program again with the same server and folder: `npx sower`. */
  readonly command: string;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Flags come before environment variables, these before defaults. */
export function createContext(flags: GlobalFlags, environment: Environment, fallback: 'info' | 'warn'): CliContext {
  const verbosity = flags.debug === true ? 2 : (flags.verbose ?? 0);
  return {
    home: homeFolder(flags, environment),
    natsUrl: flags.nats ?? nonEmpty(environment.SOWER_NATS),
    json: flags.json === true,
    plain: flags.plain === true,
    debug: flags.debug === true,
    output: createOutput({ color: flags.color !== false, quiet: flags.quiet === true, environment }),
    log: createLog({ verbosity, level: environment.SOWER_LOG, fallback }),
    command: commandWords(flags),
  };
}

/** `--home`, else `SOWER_HOME`, else `./.sower`. */
export function homeFolder(flags: GlobalFlags, environment: Environment): string {
  return resolve(flags.home ?? nonEmpty(environment.SOWER_HOME) ?? '.sower');
}

function commandWords({ nats, home }: GlobalFlags): string {
  return ['npx sower', nats && `--nats ${nats}`, home && `--home ${home}`].filter(Boolean).join(' ');
}

function nonEmpty(value: string | undefined): string | null {
  return value === undefined || value === '' ? null : value;
}
