/**
 * `sower run FILE` on one machine. The first command in a home folder owns it: it starts the server, a coordinator and an
 * agent, and ends them when its sweep is over. Another one meanwhile joins, and takes over where the owner leaves first.
 */
import { installedTfjs } from '../../agent/engine/tfjs/load.ts';
import { cacheFolder } from '../../agent/shell/home.ts';
import { connectBus } from '../../shared/bus/nats/index.ts';
import type { Bus } from '../../shared/bus/port.ts';
import { EXIT, type ExitCode } from '../../shared/kernel/errors.ts';
import { userCache } from '../../shared/process/user-cache.ts';
import type { ValidSweep } from '../../shared/sweep/spec.ts';
import type { CliContext } from '../context.ts';
import { type EmbeddedServer, startEmbedded } from '../embedded/fleet.ts';
import { claimHome, type EmbeddedState, type HomeClaim, readOwner } from '../embedded/home-claim.ts';
import { catchInterrupts, type Interrupt } from '../interrupt.ts';
import { aborted, pause } from '../pause.ts';
import { waitForChange } from '../reading/open-bus.ts';
import { announce } from './announce.ts';
import type { LoadedSweep } from './load-sweep.ts';
import type { PinnedSweep } from './pin-data.ts';
import { noteData } from './stock-data.ts';
import { submitSweep } from './submit.ts';
import { watchSweep } from './watch-sweep.ts';

export interface RunOptions {
  readonly context: CliContext;
  readonly sweep: PinnedSweep;
  readonly slots: number | null;
  readonly dataDir: string | null;
  readonly provider: string | null;
  readonly failAllowance: number;
}

/** Starting three processes on a busy machine. */
const COORDINATOR_LIMIT_MS = 60_000;
const OWNER_LIMIT_MS = 60_000;
const OWNER_POLL_MS = 250;

export async function runEmbedded(options: RunOptions): Promise<ExitCode> {
  const interrupt = catchInterrupts();
  try {
    for (;;) {
      const outcome = await claimHome(options.context.home, 'starting');
      if ('claim' in outcome) return await runAsOwner(options, outcome.claim, interrupt);
      const result = await joinOwner(options, outcome.owner, interrupt);
      if (result !== 'owner left') return result;
    }
  } finally {
    interrupt.stop();
  }
}

async function runAsOwner(options: RunOptions, claim: HomeClaim, interrupt: Interrupt): Promise<ExitCode> {
  const { context } = options;
  const { note } = context.output;
  if (trainsInPureJavaScript(options.sweep)) {
    note('the engine tfjs runs in pure JavaScript here; "sower engine install tfjs-node" makes it many times faster');
  }
  note(`starting nats-server in ${context.home} ...`);
  try {
    const server = await startEmbedded({ ...context, claim, note });
    let result: ExitCode | 'interrupted';
    try {
      result = await onServer(server.url, (bus) => driveSweep(options, server, bus, interrupt));
    } finally {
      if (interrupt.signal.aborted) note('stopping: the agent gives its work back ...');
      await server.stop();
    }
    if (result !== 'interrupted') return result;
    note('left; the sweep can go on: run the same command again');
    return interrupt.exitCode() ?? EXIT.ok;
  } finally {
    claim.release();
  }
}

/** Where the sweep asks for it by name; only the slot knows of a sweep that varies its engine. */
function trainsInPureJavaScript({ valid }: LoadedSweep): boolean {
  const { train } = valid.spec;
  const asked = train !== null && typeof train === 'object' && 'engine' in train && train.engine === 'tfjs';
  return asked && installedTfjs(userCache()).every((name) => name === 'tfjs');
}

async function driveSweep(
  { context, sweep, slots, dataDir, provider, failAllowance }: RunOptions,
  server: EmbeddedServer,
  bus: Bus,
  interrupt: Interrupt,
): Promise<ExitCode | 'interrupted'> {
  const watch = { context, bus, sweep: sweep.valid, interrupt, failAllowance, givenUp: server.givenUp } as const;
  if (await isOver(bus, sweep.valid)) return watchSweep({ ...watch, already: true, onDetach: 'leave', note: '' });
  await noteData(sweep.data, bus.data, cacheFolder(context.home));
  context.output.note('starting a coordinator and an agent ...');
  // What agents of an earlier command held would come back only when the server's lease on it ends.
  await bus.queue.reopenPool(sweep.valid.spec.pool, slots ?? 1);
  const hired = await server.hire({ slots, dataDir, provider, pool: sweep.valid.spec.pool });
  const submission = await Promise.race([
    submitSweep(bus, sweep, COORDINATOR_LIMIT_MS),
    server.givenUp,
    aborted(interrupt.signal),
  ]);
  if (submission === undefined) return 'interrupted';
  announce(context, sweep.valid, { ...hired, submission });
  return watchSweep({ ...watch, already: false, onDetach: 'lines', note: hired.coordinator });
}

async function joinOwner(
  options: RunOptions,
  owner: EmbeddedState,
  interrupt: Interrupt,
): Promise<ExitCode | 'owner left'> {
  const { context, sweep, failAllowance } = options;
  const { note } = context.output;
  if (owner.role !== 'running' || owner.url === null) {
    await waitForChange(context.home, owner, performance.now() + OWNER_LIMIT_MS);
    return 'owner left';
  }
  const { url, coordinator, agent } = owner;
  const { pid } = owner.owner;
  note(`process ${pid} runs the server of this folder; joining it ...`);
  const joined = new AbortController();
  const ownerLeft = rejectWhenGone(context.home, owner, joined.signal);
  ownerLeft.catch(() => {});
  try {
    const result = await onServer(url, async (bus) => {
      await noteData(sweep.data, bus.data, cacheFolder(context.home));
      const submission = await Promise.race([submitSweep(bus, sweep, COORDINATOR_LIMIT_MS), ownerLeft]);
      announce(context, sweep.valid, { coordinator, agent, submission });
      const watch = { context, bus, sweep: sweep.valid, interrupt, failAllowance, givenUp: ownerLeft } as const;
      return watchSweep({ ...watch, already: false, onDetach: 'leave', note: coordinator ?? url });
    });
    if (result !== 'interrupted') return result;
    note(`left; the sweep goes on while process ${pid} runs`);
    return interrupt.exitCode() ?? EXIT.ok;
  } catch (error) {
    if (readOwner(context.home)?.owner.pid === pid) throw error;
    note(`process ${pid}, which ran the server, has ended; taking over`);
    return 'owner left';
  } finally {
    joined.abort();
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
