import type { Bus } from '../../shared/bus/port.ts';
import { EXIT, SowerError } from '../../shared/kernel/errors.ts';
import { PROTOCOL_VERSION, type SweepEntry } from '../../shared/protocol/index.ts';
import { writeSpec } from '../../shared/sweep/index.ts';
import type { LoadedSweep } from './load-sweep.ts';

export interface Submission {
  readonly planned: number;
  /** The same sweep was submitted before; it goes on. */
  readonly known: boolean;
}

/** Hands the sweep to the coordinator; E_NO_COORDINATOR where none answers within `limitMs`. */
export async function submitSweep(bus: Bus, sweep: LoadedSweep, limitMs: number): Promise<Submission> {
  const entry = sweepEntryOf(sweep, Date.now());
  const reply = await bus.control.request({ v: PROTOCOL_VERSION, verb: 'submit', entry }, limitMs);
  if (reply.status === 'ok') return reply;
  const fix = reply.fix === null ? {} : { fix: reply.fix };
  throw new SowerError(reply.code, reply.message, { ...fix, exit: EXIT.conflict });
}

function sweepEntryOf({ valid, source }: LoadedSweep, submittedAt: number): SweepEntry {
  const { id, hash, spec } = valid;
  return { v: PROTOCOL_VERSION, sweep: id, name: spec.name, hash, spec: writeSpec(spec), source, submittedAt };
}
