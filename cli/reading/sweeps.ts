/** Which sweep a person means: an id, a name (its latest), or nothing (the latest of all). */
import type { Bus } from '../../shared/bus/port.ts';
import { EXIT, SowerError } from '../../shared/kernel/errors.ts';
import type { SweepEntry } from '../../shared/protocol/index.ts';

/** Latest first. */
export async function listSweeps(bus: Bus): Promise<readonly SweepEntry[]> {
  return [...(await bus.sweeps.list())].sort((a, b) => b.submittedAt - a.submittedAt);
}

export function noSweepYet(): SowerError {
  return new SowerError('E_NO_SWEEP', 'there is no sweep here yet', {
    fix: 'start one: npx sower run sweeps/quickstart.yaml',
    exit: EXIT.notFound,
  });
}

/** Throws E_NO_SWEEP (exit 4) where there is none by that name. */
export async function findSweep(bus: Bus, wanted: string | undefined): Promise<SweepEntry> {
  const sweeps = await listSweeps(bus);
  const latest = sweeps[0];
  if (latest === undefined) throw noSweepYet();
  if (wanted === undefined) return latest;
  const found = sweeps.find((entry) => entry.sweep === wanted) ?? sweeps.find((entry) => entry.name === wanted);
  if (found !== undefined) return found;
  const known = sweeps.slice(0, SHOWN_SWEEPS).map((entry) => entry.sweep);
  const more = sweeps.length - known.length;
  throw new SowerError('E_NO_SWEEP', `no sweep is called "${wanted}"`, {
    fix: `there ${known.length === 1 ? 'is' : 'are'} ${known.join(', ')}${more > 0 ? ` and ${more} more: sower ls` : ''}`,
    exit: EXIT.notFound,
  });
}

const SHOWN_SWEEPS = 5;
