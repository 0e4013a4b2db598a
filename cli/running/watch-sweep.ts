/** Looks at a sweep until it is over or someone has had enough. */
import type { Bus } from '../../shared/bus/port.ts';
import type { ExitCode } from '../../shared/kernel/errors.ts';
import type { ValidSweep } from '../../shared/sweep/spec.ts';
import type { CliContext } from '../context.ts';
import type { Interrupt } from '../interrupt.ts';
import { printEnding } from '../watch/ending.ts';
import { printLines } from '../watch/plain.ts';
import { openSource, type SweepSource } from '../watch/source.ts';

export interface WatchOptions {
  readonly context: CliContext;
  readonly bus: Bus;
  readonly sweep: ValidSweep;
  readonly interrupt: Interrupt;
  readonly failAllowance: number;
  /** Rejects where there is no sense in waiting any longer. */
  readonly givenUp: Promise<never>;
  /** It was over before this command started. */
  readonly already: boolean;
}

/** The exit code of a sweep that is over; `interrupted` where the person, or the reader of stdout, left before that. */
export async function watchSweep(options: WatchOptions): Promise<ExitCode | 'interrupted'> {
  const { context, bus, sweep, already, failAllowance } = options;
  const source = openSource(bus, sweep);
  try {
    const outcome = await lookUntilOver(source, options);
    if (outcome === 'interrupted') return outcome;
    return await printEnding({ bus, context, view: source.view, already, failAllowance, snapshot: source.snapshot() });
  } finally {
    source.close();
  }
}

async function lookUntilOver(source: SweepSource, options: WatchOptions): Promise<'over' | 'interrupted'> {
  const { context, interrupt, givenUp, already } = options;
  const left = Promise.race([aborted(interrupt.signal), aborted(context.output.closed)]).then(
    () => 'interrupted' as const,
  );
  const over = source.over.then(() => 'over' as const);
  if (already) return Promise.race([over, left, givenUp]);
  const lines = printLines(source, context);
  try {
    return await Promise.race([over, left, givenUp]);
  } finally {
    lines.stop();
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}
