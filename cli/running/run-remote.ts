/** `sower run FILE --nats URL`: submits and watches; coordinator and agents run elsewhere. */
import { connectBus } from '../../shared/bus/nats/index.ts';
import { EXIT, type ExitCode } from '../../shared/kernel/errors.ts';
import type { CliContext } from '../context.ts';
import { catchInterrupts } from '../interrupt.ts';
import { noteWhenSlow } from '../note-when-slow.ts';
import { announce } from './announce.ts';
import type { PinnedSweep } from './pin-data.ts';
import { stockData } from './stock-data.ts';
import { submitSweep } from './submit.ts';
import { watchSweep } from './watch-sweep.ts';

export interface RemoteRunOptions {
  readonly context: CliContext;
  readonly url: string;
  readonly sweep: PinnedSweep;
  /** Submit only. */
  readonly detach: boolean;
  readonly failAllowance: number;
}

/** A coordinator may be starting again at this moment. */
const COORDINATOR_LIMIT_MS = 5_000;

export async function runRemote({ context, url, sweep, detach, failAllowance }: RemoteRunOptions): Promise<ExitCode> {
  const interrupt = catchInterrupts();
  const waiting = (whom: string) => () => context.output.note(`waiting for ${whom} ...`);
  const bus = await noteWhenSlow(connectBus({ url, name: `sower-run-${process.pid}` }), waiting(url));
  try {
    await stockData(sweep.data, bus.data, context.output.note);
    const submission = await noteWhenSlow(
      submitSweep(bus, sweep, COORDINATOR_LIMIT_MS),
      waiting(`a coordinator at ${url}`),
    );
    announce(context, sweep.valid, { coordinator: null, agent: null, submission });
    if (detach) return EXIT.ok;
    const result = await watchSweep({
      context,
      bus,
      sweep: sweep.valid,
      interrupt,
      failAllowance,
      givenUp: new Promise<never>(() => {}),
      already: false,
      onDetach: 'leave',
      note: url,
    });
    if (result !== 'interrupted') return result;
    const { id } = sweep.valid;
    context.output.note(`left; the sweep goes on without this command (to stop it: ${context.command} cancel ${id})`);
    return interrupt.exitCode() ?? EXIT.ok;
  } finally {
    await bus.close();
    interrupt.stop();
  }
}
