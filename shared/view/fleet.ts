import type { PresenceEntry } from '../protocol/index.ts';
import type { AttemptFold } from './attempt.ts';
import type { FleetRow } from './types.ts';

/** An agent that was silent for longer is taken for lost; it speaks every 10 s. */
export const LOST_AFTER_MS = 25_000;

/** How long an agent may work before the presence list has to know it. */
const FIRST_SEEN_MS = 30_000;

type Agents = readonly { readonly entry: PresenceEntry; readonly ageMs: number }[];

/** The presence board as last read; an agent that left cleanly is not on it any more. */
export interface Fleet {
  update(agents: Agents, at: number): void;
  isLost(attempt: AttemptFold): boolean;
  rows(now: number, working: ReadonlySet<string>): readonly FleetRow[];
}

export function createFleet(): Fleet {
  const known = new Map<string, { readonly entry: PresenceEntry; readonly at: number }>();
  let present = new Map<string, { readonly entry: PresenceEntry; readonly ageMs: number }>();
  let readAt: number | null = null;

  const isAbsent = (agent: string) => {
    const found = present.get(agent);
    return found === undefined || found.ageMs > LOST_AFTER_MS;
  };

  return {
    update(agents, at) {
      for (const { entry } of agents) {
        if (at >= (known.get(entry.agent)?.at ?? at)) known.set(entry.agent, { entry, at });
      }
      if (readAt !== null && at < readAt) return;
      readAt = at;
      present = new Map(agents.map((agent) => [agent.entry.agent, agent]));
    },
    isLost({ agent, startedAt }) {
      if (readAt === null || !isAbsent(agent)) return false;
      return known.has(agent) || readAt - startedAt > FIRST_SEEN_MS;
    },
    rows(now, working) {
      const sinceRead = readAt === null ? 0 : Math.max(0, now - readAt);
      const rows = [...present.values()].map(({ entry, ageMs }) =>
        rowOf(entry, ageMs + sinceRead, isAbsent(entry.agent)),
      );
      for (const agent of working) {
        if (readAt === null || present.has(agent)) continue;
        const entry = known.get(agent)?.entry;
        rows.push(entry === undefined ? strangerRow(agent) : rowOf(entry, null, true));
      }
      return rows.sort((a, b) => (a.agent < b.agent ? -1 : a.agent > b.agent ? 1 : 0));
    },
  };
}

function rowOf(entry: PresenceEntry, ageMs: number | null, lost: boolean): FleetRow {
  return {
    agent: entry.agent,
    pool: entry.pool,
    host: entry.host,
    version: entry.version,
    state: lost ? 'lost' : entry.draining ? 'draining' : 'ready',
    ageMs,
    slots: entry.slots,
    busySlots: entry.slots.filter(({ state }) => state === 'busy').length,
    gpus: entry.gpus,
    startedAt: entry.startedAt,
  };
}

/** An agent known from its work alone. */
function strangerRow(agent: string): FleetRow {
  return {
    agent,
    pool: '-',
    host: '-',
    version: '-',
    state: 'lost',
    ageMs: null,
    slots: [],
    busySlots: 0,
    gpus: [],
    startedAt: null,
  };
}
