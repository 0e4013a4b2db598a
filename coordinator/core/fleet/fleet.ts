import type { Actor } from '../../../shared/kernel/actor.ts';
import { assertNever } from '../../../shared/kernel/assert.ts';
import {
  type FleetCommand,
  type FleetEffect,
  type FleetEvent,
  PRESENCE_MAX_AGE_MS,
  type Sighting,
} from './messages.ts';
import { type FleetState, initialFleetState, slotsByPool } from './state.ts';

export type FleetActor = Actor<FleetCommand, FleetEvent, FleetState, FleetEffect>;

/** The actor of all agents of all pools. */
export const fleetActor: FleetActor = { initialState: initialFleetState, decide, evolve, react };

function decide(command: FleetCommand, state: FleetState): readonly FleetEvent[] {
  const here = command.seen.filter(({ ageMs }) => ageMs < PRESENCE_MAX_AGE_MS);
  const names = new Set(here.map(({ entry }) => entry.agent));
  const listed = new Set(command.seen.map(({ entry }) => entry.agent));
  const events: FleetEvent[] = [];
  for (const agent of state.agents.keys()) {
    if (!names.has(agent)) events.push({ type: 'left', agent, silent: listed.has(agent) });
  }
  const same: Sighting[] = [];
  for (const sighting of here) {
    const known = state.agents.get(sighting.entry.agent);
    if (known === undefined) events.push({ type: 'joined', sighting });
    else if (known.entry.startedAt !== sighting.entry.startedAt) events.push({ type: 'rebooted', sighting });
    else same.push(sighting);
  }
  return same.length === 0 ? events : [...events, { type: 'seen', sightings: same }];
}

function evolve(state: FleetState, event: FleetEvent): FleetState {
  const agents = new Map(state.agents);
  switch (event.type) {
    case 'joined':
    case 'rebooted':
      agents.set(event.sighting.entry.agent, event.sighting);
      break;
    case 'seen':
      for (const sighting of event.sightings) agents.set(sighting.entry.agent, sighting);
      break;
    case 'left':
      agents.delete(event.agent);
      break;
    default:
      return assertNever(event);
  }
  const slots = new Map(slotsByPool([...agents.values()].map(({ entry }) => entry)));
  // A pool that lost its last agent keeps its consumer: its queue may hold work for the next one.
  for (const pool of state.slots.keys()) if (!slots.has(pool)) slots.set(pool, 0);
  const changedPools = [...slots].filter(([pool, count]) => state.slots.get(pool) !== count).map(([pool]) => pool);
  return { agents, slots: changedPools.length === 0 ? state.slots : slots, changedPools };
}

function react(event: FleetEvent, state: FleetState): readonly FleetEffect[] {
  const effects: FleetEffect[] = [];
  for (const pool of state.changedPools) {
    effects.push({ type: 'open_pool', pool, slots: state.slots.get(pool) ?? 0 }, { type: 'capacity_changed', pool });
  }
  if (event.type === 'left') effects.push({ type: 'agent_lost', agent: event.agent, boot: null });
  if (event.type === 'rebooted') {
    effects.push({ type: 'agent_lost', agent: event.sighting.entry.agent, boot: event.sighting.entry.startedAt });
  }
  return effects;
}

/**
 * True where an attempt has certainly ended with its agent: the agent is here under a later start, or `watchedMs` shows
 * that it would have been seen by now. A start later than the one on the board is an agent the board has not heard of yet.
 */
export function hasEnded(state: FleetState, agent: string, boot: number | null, watchedMs: number): boolean {
  const known = state.agents.get(agent);
  if (known === undefined) return watchedMs > PRESENCE_MAX_AGE_MS;
  return boot !== null && boot < known.entry.startedAt;
}

/** Slots of a pool that take work now. */
export function poolSlots(state: FleetState, pool: string): number {
  return state.slots.get(pool) ?? 0;
}
