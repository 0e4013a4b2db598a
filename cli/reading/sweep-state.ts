import type { Bus } from '../../shared/bus/port.ts';
import type { SowerEvent } from '../../shared/protocol/index.ts';
import type { SweepState } from '../../shared/view/types.ts';

/** How far a sweep is, from the few events that tell: a list of sweeps reads no million trials. */
export async function readSweepState(bus: Bus, sweep: string, ended: number, planned: number): Promise<SweepState> {
  if (await holds(bus, sweep, 'cancelled')) return 'cancelled';
  if (ended === planned || (await holds(bus, sweep, 'finished'))) return 'finished';
  return ended > 0 || (await holds(bus, sweep, 'started')) ? 'running' : 'waiting';
}

async function holds(bus: Bus, sweep: string, kind: SowerEvent['kind']): Promise<boolean> {
  for await (const _ of bus.events.read({ sweep, kind })) return true;
  return false;
}
