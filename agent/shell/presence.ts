import { hostname } from 'node:os';
import { type GpuState, PROTOCOL_VERSION, type PresenceEntry, SOWER_VERSION } from '../../shared/protocol/index.ts';
import type { ItemRunner } from './item-runner.ts';
import type { Slot } from './slot.ts';

/** A slot, the device it has, and the item it works on. */
export interface SlotPlace {
  readonly slot: Slot;
  readonly device: string;
  runner: ItemRunner | null;
}

export interface PresenceFacts {
  readonly agent: string;
  readonly pool: string;
  readonly places: readonly SlotPlace[];
  readonly gpus: readonly GpuState[];
  readonly metricsAddress: string | null;
  readonly draining: boolean;
  readonly startedAt: number;
}

/** Where others reach what was bound: a wildcard address means nothing to them, the host's name does. */
export function reachableAddress(bound: string, host: string): string {
  return bound.replace(/^(0\.0\.0\.0|\[::\]):/, `${host}:`);
}

type SlotState = PresenceEntry['slots'][number]['state'];

/** What other processes may know of this agent, as put on the presence board. */
export function presenceEntryOf(facts: PresenceFacts): PresenceEntry {
  const { agent, pool, metricsAddress, draining, startedAt } = facts;
  return {
    v: PROTOCOL_VERSION,
    agent,
    pool,
    host: hostname(),
    pid: process.pid,
    version: SOWER_VERSION,
    slots: facts.places.map((place, slot) => ({
      slot,
      device: place.device,
      state: slotStateOf(place, draining),
      sweep: place.runner?.item.sweep ?? null,
      trial: place.runner?.trial ?? null,
    })),
    gpus: [...facts.gpus],
    metricsAddress: metricsAddress === null ? null : reachableAddress(metricsAddress, hostname()),
    draining,
    startedAt,
  };
}

/** A slot that holds an item is busy, also between two trials of it. */
export function slotStateOf({ slot, runner }: SlotPlace, draining: boolean): SlotState {
  if (slot.state === 'closed') return 'closed';
  if (runner !== null) return draining ? 'draining' : 'busy';
  return slot.state === 'busy' ? 'busy' : slot.state;
}
