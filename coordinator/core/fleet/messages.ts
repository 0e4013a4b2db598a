import type { PresenceEntry } from '../../../shared/protocol/index.ts';

/** Presence as read from the board; `ageMs` by the server's stamps. */
export interface Sighting {
  readonly entry: PresenceEntry;
  readonly ageMs: number;
}

export type FleetCommand = { readonly type: 'survey'; readonly seen: readonly Sighting[] };

export type FleetEvent =
  | { readonly type: 'joined'; readonly sighting: Sighting }
  | { readonly type: 'seen'; readonly sightings: readonly Sighting[] }
  | { readonly type: 'rebooted'; readonly sighting: Sighting }
  | { readonly type: 'left'; readonly agent: string; readonly silent: boolean };

export type FleetEffect =
  /** The pool's consumer must allow for this many slots. */
  | { readonly type: 'open_pool'; readonly pool: string; readonly slots: number }
  /** Sweeps of the pool may have more, or less, to hand out. */
  | { readonly type: 'capacity_changed'; readonly pool: string }
  /** Attempts of the agent that were started before `boot` (all, where null) have ended. */
  | { readonly type: 'agent_lost'; readonly agent: string; readonly boot: number | null };

/** An agent is here while its entry is younger than this, by the server's stamps. */
export const PRESENCE_MAX_AGE_MS = 25_000;
