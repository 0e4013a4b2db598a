/**
 * `sower run FILE` on one machine. The first command in a home folder owns it: it starts the server, a coordinator and an
 * agent, and ends them when its sweep is over. Another one meanwhile joins, and takes over where the owner leaves first.
 */
import { connectBus } from '../../shared/bus/nats/index.ts';
import type { Bus } from '../../shared/bus/port.ts';
import { EXIT, type ExitCode } from '../../shared/kernel/errors.ts';
import type { ValidSweep } from '../../shared/sweep/spec.ts';
import type { CliContext } from '../context.ts';
import { startEmbedded } from '../embedded/fleet.ts';
import { claimHome, type EmbeddedState, type HomeClaim, readOwner } from '../embedded/home-claim.ts';
import { catchInterrupts, type Interrupt } from '../interrupt.ts';
import { pause } from '../pause.ts';
import { waitForChange } from '../reading/open-bus.ts';
import { announce } from './announce.ts';
import type { LoadedSweep } from './load-sweep.ts';
import { submitSweep } from './submit.ts';
import { watchSweep } from './watch-sweep.ts';

export interface RunOptions {
  readonly context: CliContext;
  readonly sweep: LoadedSweep;
  readonly slots: number | null;
  readonly dataDir: string | null;
  readonly failAllowance: number;
}

/** Starting three processes on a busy machine. */
const COORDINATOR_LIMIT_MS = 60_000;
const OWNER_LIMIT_MS = 60_000;
const OWNER_POLL_MS = 250;

export async function runEmbedded(options: RunOptions): Promise<ExitCode> {
  const { context } = options;
  const interrupt = catchInterrupts();
  try {
    for (;;) {
      const outcome = await claimHome(context.home, 'starting');
      const result =
        'claim' in outcome
          ? await runAsOwner(options, outcome.claim, interrupt)
          : await joinOwner(options, outcome.owner, interrupt);
      if (result === 'owner left') continue;
      if (result !== 'interrupted') return result;
      context.output.note('left; the sweep can go on: run the same command again');
      return interrupt.exitCode() ?? EXIT.ok;
    }
  } finally {
    interrupt.stop();
  }
}

async function runAsOwner(
  options: RunOptions,
  claim: HomeClaim,
  interrupt: Interrupt,
): Promise<ExitCode | 'interrupted'> {
  const { context, sweep, failAllowance, slots, dataDir } = options;
  try {
    const server = await startEmbedded({ ...context, claim, note: context.output.note });
    try {
      return await onServer(server.url, async (bus) => {
        const already = await isOver(bus, sweep.valid);
        if (!already) {
          const hired = await server.hire({ slots, dataDir });
          const work = submitSweep(bus, sweep, COORDINATOR_LIMIT_MS, interrupt.signal);
          const submission = await Promise.race([work, server.givenUp]);
          announce(context, sweep.valid, { ...hired, submission });
        }
        const { valid } = sweep;
        return watchSweep({ context, bus, sweep: valid, interrupt, failAllowance, givenUp: server.givenUp, already });
      });
    } finally {
      if (interrupt.signal.aborted) context.output.note('stopping: the agent gives its work back ...');
      await server.stop();
    }
  } finally {
    claim.release();
  }
}

async function joinOwner(
  options: RunOptions,
  owner: EmbeddedState,
  interrupt: Interrupt,
): Promise<ExitCode | 'interrupted' | 'owner left'> {
  const { context, sweep, failAllowance } = options;
  if (owner.role !== 'running' || owner.url === null) {
    await waitForChange(context.home, owner, performance.now() + OWNER_LIMIT_MS);
    return 'owner left';
  }
  const gone = new AbortController();
  const ownerLeft = rejectWhenGone(context.home, owner, gone.signal);
  try {
    const watching = onServer(owner.url, async (bus) => {
      const submission = await submitSweep(bus, sweep, COORDINATOR_LIMIT_MS, interrupt.signal);
      const { coordinator, agent } = owner;
      announce(context, sweep.valid, { coordinator: coordinator ?? '', agent: agent ?? '', submission });
      const { valid } = sweep;
      return watchSweep({ context, bus, sweep: valid, interrupt, failAllowance, givenUp: ownerLeft, already: false });
    });
    return await Promise.race([watching, ownerLeft]);
  } catch (error) {
    if (interrupt.signal.aborted) return 'interrupted';
    if (readOwner(context.home)?.owner.pid === owner.owner.pid) throw error;
    context.output.note(`process ${owner.owner.pid}, which ran the server, has ended; taking over`);
    return 'owner left';
  } finally {
    gone.abort();
  }
}

async function rejectWhenGone(home: string, { owner }: EmbeddedState, signal: AbortSignal): Promise<never> {
  while (readOwner(home)?.owner.pid === owner.pid) {
    if (signal.aborted) return new Promise<never>(() => {});
    await pause(OWNER_POLL_MS, signal);
  }
  throw new Error(`process ${owner.pid} has ended`);
}

async function isOver(bus: Bus, sweep: ValidSweep): Promise<boolean> {
  return (await bus.sweeps.get(sweep.id)) !== null && (await bus.done.count(sweep.id)) >= sweep.plannedTrials;
}

async function onServer<T>(url: string, use: (bus: Bus) => Promise<T>): Promise<T> {
  const bus = await connectBus({ url, name: `sower-run-${process.pid}` });
  try {
    await bus.provision();
    return await use(bus);
  } finally {
    await bus.close();
  }
}
