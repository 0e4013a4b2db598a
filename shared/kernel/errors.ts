/**
 * Failures a person can act on.
 *
 * A `SowerError` is expected: it is printed as one sentence, never with a stack trace (unless `--debug`), and ends the
 * process with its exit code. Anything else that is thrown is a bug and ends with exit code 1.
 */

/** Exit codes of every command; listed in each help page. */
export const EXIT = {
  ok: 0,
  bug: 1,
  usage: 2,
  invalidInput: 3,
  notFound: 4,
  unreachable: 5,
  sweepFailed: 6,
  notPermitted: 7,
  timedOut: 8,
  conflict: 9,
  checkFailed: 10,
  interrupted: 130,
  terminated: 143,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

export interface SowerErrorDetails {
  /** Where the fault lies: `file:line:col`, a path, a URL. */
  readonly where?: string;
  /** What to do or type next. */
  readonly fix?: string;
  readonly exit?: ExitCode;
  readonly cause?: unknown;
}

/** An expected failure: a stable code, one sentence that says what is wrong, where, and how to fix it. */
export class SowerError extends Error {
  override readonly name = 'SowerError';
  readonly code: string;
  readonly where: string | undefined;
  readonly fix: string | undefined;
  readonly exit: ExitCode;

  constructor(code: string, message: string, details: SowerErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.where = details.where;
    this.fix = details.fix;
    this.exit = details.exit ?? EXIT.invalidInput;
  }
}

/** `E_CODE where: what is wrong; how to fix it` on one line. */
export function describeError(error: SowerError): string {
  const where = error.where === undefined ? '' : ` ${briefly(error.where)}:`;
  const fix = error.fix === undefined ? '' : `; ${briefly(error.fix)}`;
  return `${error.code}${where} ${briefly(error.message)}${fix}`;
}

/** A cell of a table may hold a megabyte; nobody reads on for that long. */
const MOST_CHARACTERS = 1000;

function briefly(text: string): string {
  return printable(text.length > MOST_CHARACTERS ? `${text.slice(0, MOST_CHARACTERS)}...` : text);
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not reach a terminal
const CONTROL = /[\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]/g;

/**
 * One line that is safe to show: names and cells of other people's files may hold codes that redraw a terminal or turn
 * the direction of text.
 */
export function printable(text: string): string {
  const line = text.replace(/\s*\n\s*/g, ' ').replaceAll('\t', ' ');
  return line.replace(CONTROL, (code) => `\\u${code.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
