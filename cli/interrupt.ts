import { EXIT, type ExitCode } from '../shared/kernel/errors.ts';

/** Ctrl-C and friends as an abort signal, for commands that have something to put away before they leave. */
export interface Interrupt {
  readonly signal: AbortSignal;
  /** The code to leave with, or null while nobody interrupted. */
  exitCode(): ExitCode | null;
  /** As if the signal had come: for screens that read Ctrl-C as a key. */
  raise(name: NodeJS.Signals): void;
  stop(): void;
}

const CODES: Readonly<Partial<Record<NodeJS.Signals, ExitCode>>> = {
  SIGINT: EXIT.interrupted,
  SIGTERM: EXIT.terminated,
  SIGHUP: EXIT.terminated,
};

/** npm passes on a Ctrl-C that the terminal sent to this process too; two signals this close are one. */
const SAME_SIGNAL_MS = 400;

/** The first signal aborts; a second one ends the process at once. */
export function catchInterrupts(): Interrupt {
  const controller = new AbortController();
  let code: ExitCode | null = null;
  let firstMs = 0;
  const onSignal = (name: NodeJS.Signals) => {
    const meant = CODES[name] ?? EXIT.terminated;
    if (code !== null && performance.now() - firstMs > SAME_SIGNAL_MS) process.exit(meant);
    if (code !== null) return;
    code = meant;
    firstMs = performance.now();
    controller.abort();
  };
  const names = Object.keys(CODES) as NodeJS.Signals[];
  for (const name of names) process.on(name, onSignal);
  return {
    signal: controller.signal,
    exitCode: () => code,
    raise: onSignal,
    stop: () => {
      for (const name of names) process.off(name, onSignal);
    },
  };
}
