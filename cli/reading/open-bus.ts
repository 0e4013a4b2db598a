/** A connection for verbs that only read: to the server a person named, to the one a sweep runs on, or to a short-lived one. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { connectBus } from '../../shared/bus/nats/index.ts';
import type { Bus } from '../../shared/bus/port.ts';
import { EXIT, SowerError } from '../../shared/kernel/errors.ts';
import type { CliContext } from '../context.ts';
import { startEmbedded } from '../embedded/fleet.ts';
import { claimHome, type EmbeddedState, readOwner } from '../embedded/home-claim.ts';
import { catchInterrupts } from '../interrupt.ts';
import { noteWhenSlow } from '../note-when-slow.ts';
import { noSweepYet } from './sweeps.ts';

/** Runs `read` with a connection and puts everything away after it. Throws E_NO_SWEEP where no server ran here ever. */
export async function withBus<T>(context: CliContext, read: (bus: Bus) => Promise<T>): Promise<T> {
  if (context.natsUrl === null && !existsSync(join(context.home, 'nats'))) throw noSweepYet();
  return onAnyServer(context, read);
}

/** As `withBus`, also on a server that holds nothing yet. */
export async function onAnyServer<T>(context: CliContext, read: (bus: Bus) => Promise<T>): Promise<T> {
  if (context.natsUrl !== null) return onServer(context, context.natsUrl, read);
  const deadline = performance.now() + OWNER_LIMIT_MS;
  for (;;) {
    const outcome = await claimHome(context.home, 'reading');
    if ('claim' in outcome) {
      const interrupt = catchInterrupts();
      const server = await startEmbedded({ ...context, claim: outcome.claim, note: context.output.note });
      try {
        return await onServer(context, server.url, read);
      } finally {
        await server.stop();
        outcome.claim.release();
        interrupt.stop();
        const code = interrupt.exitCode();
        if (code !== null) process.exit(code);
      }
    }
    const { owner } = outcome;
    if (owner.role === 'running' && owner.url !== null) return onServer(context, owner.url, read);
    await waitForChange(context.home, owner, deadline);
  }
}

const OWNER_LIMIT_MS = 30_000;
const POLL_MS = 20;

/** Another short command has the server for a moment, or one is just starting. */
export async function waitForChange(home: string, seen: EmbeddedState, deadline: number): Promise<void> {
  for (;;) {
    const now = readOwner(home);
    if (now === null || now.owner.pid !== seen.owner.pid || now.role !== seen.role) return;
    if (performance.now() > deadline) {
      throw new SowerError('E_HOME_BUSY', `process ${seen.owner.pid} holds this folder and does not get on`, {
        where: home,
        fix: 'end it, or use another folder with --home',
        exit: EXIT.conflict,
      });
    }
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

async function onServer<T>({ output }: CliContext, url: string, read: (bus: Bus) => Promise<T>): Promise<T> {
  const work = async () => {
    const bus = await connectBus({ url, name: `sower-${process.pid}` });
    try {
      return await read(bus);
    } finally {
      await bus.close();
    }
  };
  return noteWhenSlow(work(), () => output.note(`waiting for ${url} ...`));
}
