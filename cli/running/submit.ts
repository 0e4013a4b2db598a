import type { Bus } from '../../shared/bus/port.ts';
import { EXIT, SowerError } from '../../shared/kernel/errors.ts';
import { PROTOCOL_VERSION, type SweepEntry } from '../../shared/protocol/index.ts';
import { writeSpec } from '../../shared/sweep/index.ts';
import { pause } from '../pause.ts';
import type { LoadedSweep } from './load-sweep.ts';

/** One request may take this long; a coordinator that just starts gets several. */
const REQUEST_MS = 2_000;
/** A coordinator that is not there answers at once, so asking again needs a pace. */
const RETRY_MS = 100;

export interface Submission {
  readonly planned: number;
  /** The same sweep was submitted before; it goes on. */
  readonly known: boolean;
}

/** Hands the sweep to the coordinator, asking for up to `limitMs` while none answers (E_NO_COORDINATOR). */
export async function submitSweep(
  bus: Bus,
  sweep: LoadedSweep,
  limitMs: number,
  signal: AbortSignal,
): Promise<Submission> {
  const entry = sweepEntryOf(sweep, Date.now());
  const deadline = performance.now() + limitMs;
  for (;;) {
    try {
      const reply = await bus.control.request({ v: PROTOCOL_VERSION, verb: 'submit', entry }, REQUEST_MS);
      if (reply.status === 'ok') return reply;
      throw new SowerError(reply.code, reply.message, {
        exit: EXIT.conflict,
        ...(reply.fix === null ? {} : { fix: reply.fix }),
      });
    } catch (error) {
      const missing = error instanceof SowerError && error.code === 'E_NO_COORDINATOR';
      if (!missing || signal.aborted) throw error;
      if (performance.now() > deadline) throw noCoordinator(bus.url);
    }
    await pause(RETRY_MS, signal);
  }
}

function sweepEntryOf({ valid, source }: LoadedSweep, submittedAt: number): SweepEntry {
  const { id, hash, spec } = valid;
  return { v: PROTOCOL_VERSION, sweep: id, name: spec.name, hash, spec: writeSpec(spec), source, submittedAt };
}

function noCoordinator(url: string): SowerError {
  return new SowerError('E_NO_COORDINATOR', `no coordinator answers at ${url}`, {
    fix: `start one: npx sower coordinator --nats ${url}`,
    exit: EXIT.unreachable,
  });
}
