/** Looks at a sweep until it is over or someone has had enough. */
import type { Bus } from '../../shared/bus/port.ts';
import type { ExitCode } from '../../shared/kernel/errors.ts';
import type { ValidSweep } from '../../shared/sweep/spec.ts';
import type { CliContext } from '../context.ts';
import type { Interrupt } from '../interrupt.ts';
import { aborted } from '../pause.ts';
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
  /** What closing the dashboard means: the sweep ends with this command, so lines go on; or it runs elsewhere, so leave. */
  readonly onDetach: 'lines' | 'leave';
  /** Servers and addresses, for the dashboard's title line. */
  readonly note: string;
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

type Outcome = 'over' | 'interrupted';

async function lookUntilOver(source: SweepSource, options: WatchOptions): Promise<Outcome> {
  const { context, interrupt, givenUp, already } = options;
  const { output, plain, json } = context;
  const left = Promise.race([aborted(interrupt.signal), aborted(output.closed)]).then(() => 'interrupted' as const);
  const over = source.over.then(() => 'over' as const);
  const outcome = Promise.race([over, left, givenUp]);
  if (already) return outcome;
  if (output.interactive && !plain && !json) {
    const seen = await lookAtDashboard(source, outcome, options);
    if (seen !== 'lines') return seen;
    output.note('the screen is closed, the sweep goes on here; Ctrl-C leaves');
  }
  const lines = printLines(source, context);
  try {
    return await outcome;
  } finally {
    lines.stop();
  }
}

async function lookAtDashboard(
  source: SweepSource,
  outcome: Promise<Outcome>,
  { context, interrupt, onDetach, note }: WatchOptions,
): Promise<Outcome | 'lines'> {
  const { showDashboard } = await import('../../dashboards/terminal/index.ts');
  const { ascii, paint } = context.output;
  const ending = await showDashboard({
    source: { ...source, over: outcome.then(() => {}) },
    ascii,
    color: paint.enabled,
    note,
  });
  switch (ending) {
    case 'finished':
      return outcome;
    case 'interrupted':
      interrupt.raise('SIGINT');
      return 'interrupted';
    case 'detached':
      return onDetach === 'lines' ? 'lines' : 'interrupted';
  }
}
