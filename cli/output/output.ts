/** Where a verb writes: results on stdout, talk on stderr. */
import { createPaint, type Paint } from './paint.ts';

export interface Output {
  /** Columns to fit tables into; Infinity where stdout is no terminal, so that a pipe gets whole lines. */
  readonly columns: number;
  /** True where only ASCII may be printed. */
  readonly ascii: boolean;
  readonly paint: Paint;
  /** A person sits at both ends: screens may be drawn and keys read. */
  readonly interactive: boolean;
  /** A line of the result. */
  line(text?: string): void;
  /** A line for the person at the terminal; silent with `-q`. */
  note(text: string): void;
  /** Aborts when the reader of stdout went away (`sower trials | head`). */
  readonly closed: AbortSignal;
}

export interface OutputOptions {
  readonly color: boolean;
  readonly quiet: boolean;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** Terminal size is unknown on some remote terminals, which report 0. */
const FALLBACK_COLUMNS = 80;

export function createOutput({ color, quiet, environment }: OutputOptions): Output {
  const gone = new AbortController();
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error;
      if (stream === process.stdout) gone.abort();
    });
  }
  const terminal = process.stdout.isTTY === true;
  const dumb = environment.TERM === 'dumb' || isSet(environment.CI) || environment.INK_SCREEN_READER === 'true';
  return {
    columns: terminal ? process.stdout.columns || FALLBACK_COLUMNS : Number.POSITIVE_INFINITY,
    ascii: !isUtf8(environment),
    paint: createPaint(wantsColor(color, terminal && environment.TERM !== 'dumb', environment)),
    interactive: terminal && process.stdin.isTTY === true && !dumb,
    line: (text = '') => {
      if (!gone.signal.aborted) process.stdout.write(`${text}\n`);
    },
    note: (text) => {
      if (!quiet) process.stderr.write(`${text}\n`);
    },
    closed: gone.signal,
  };
}

/** Colour on terminals only, unless forced; `NO_COLOR` and `--no-color` win. */
export function wantsColor(
  flag: boolean,
  terminal: boolean,
  environment: Readonly<Record<string, string | undefined>>,
): boolean {
  if (!flag || isSet(environment.NO_COLOR)) return false;
  const forced = environment.FORCE_COLOR;
  if (forced !== undefined) return forced !== '0' && forced !== 'false';
  return terminal;
}

/** The locale's character set, by POSIX precedence. */
export function isUtf8(environment: Readonly<Record<string, string | undefined>>): boolean {
  const locale = [environment.LC_ALL, environment.LC_CTYPE, environment.LANG].find(isSet) ?? '';
  return /utf-?8/i.test(locale);
}

function isSet(value: string | undefined): boolean {
  return value !== undefined && value !== '';
}
