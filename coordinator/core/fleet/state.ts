/**
 * The agents as the coordinator sees them. Who is here is what the presence board said last; an agent that was here and
 * is silent too long, took its entry away, or came back under a new start has ended its attempts.
 *
 *     (unknown) ──joined──> here ──left──> (unknown)
 *                            └──rebooted──> here
 */
import type { PresenceEntry } from '../../../shared/protocol/index.ts';

export interface FleetAgent {
  readonly entry: PresenceEntry;
  /** Age of the presence entry at the last survey, ms, and when that survey was (coordinator's monotonic clock). */
  readonly ageMs: number;
}

export interface FleetState {
  readonly agents: ReadonlyMap<string, FleetAgent>;
  /** Slots that take work, by pool. */
  readonly slots: ReadonlyMap<string, number>;
  /** Pools whose slots the last event changed. */
  readonly changedPools: readonly string[];
}

export const initialFleetState: FleetState = { agents: new Map(), slots: new Map(), changedPools: [] };

/** Slots of an agent that take new work. */
export function openSlots(entry: PresenceEntry): number {
  if (entry.draining) return 0;
  return entry.slots.filter(({ state }) => state !== 'closed' && state !== 'draining').length;
}

export function slotsByPool(agents: Iterable<PresenceEntry>): ReadonlyMap<string, number> {
  const slots = new Map<string, number>();
  for (const entry of agents) slots.set(entry.pool, (slots.get(entry.pool) ?? 0) + openSlots(entry));
  return slots;
}
