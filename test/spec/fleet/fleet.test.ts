import { describe, expect, it } from 'vitest';
import {
  fleetActor,
  hasEnded,
  PRESENCE_MAX_AGE_MS,
  poolSlots,
  type Sighting,
} from '../../../coordinator/core/fleet/index.ts';
import type { PresenceEntry } from '../../../shared/protocol/index.ts';
import { specification } from '../../support/specification.ts';

const spec = specification(fleetActor);

type SlotState = PresenceEntry['slots'][number]['state'];

function sighting(
  agent: string,
  change: Partial<PresenceEntry> = {},
  ageMs = 0,
  slots: readonly SlotState[] = ['idle'],
): Sighting {
  const entry: PresenceEntry = {
    v: 1,
    agent,
    pool: 'default',
    host: 'lab',
    pid: 1,
    version: '0.1.0',
    slots: slots.map((state, slot) => ({ slot, device: 'cpu', state, sweep: null, trial: null })),
    gpus: [],
    metricsAddress: null,
    draining: false,
    startedAt: 1_000,
    ...change,
  };
  return { entry, ageMs };
}

const survey = (...seen: readonly Sighting[]) => ({ type: 'survey', seen }) as const;

describe('the fleet', () => {
  it('opens the pool of an agent that joins, with its slots', () => {
    const joined = spec.given().when(survey(sighting('a1', {}, 0, ['idle', 'busy', 'closed', 'draining'])));
    expect(joined.effects).toEqual([
      { type: 'open_pool', pool: 'default', slots: 2 },
      { type: 'capacity_changed', pool: 'default' },
    ]);
    const same = joined.when(survey(sighting('a1', {}, 0, ['busy', 'busy', 'closed', 'draining'])));
    expect(same.effects).toEqual(joined.effects);
  });

  it('counts slots of a pool over its agents, none of a draining one', () => {
    const { state } = spec
      .given()
      .when(
        survey(sighting('a1'), sighting('a2', { pool: 'gpu' }), sighting('a3', { draining: true }), sighting('a4')),
      );
    expect([poolSlots(state, 'default'), poolSlots(state, 'gpu'), poolSlots(state, 'none')]).toEqual([2, 1, 0]);
  });

  it('loses an agent that is silent too long, or that took its entry away', () => {
    const here = spec.given().when(survey(sighting('a1'), sighting('a2')));
    const after = here.when(survey(sighting('a1', {}, PRESENCE_MAX_AGE_MS)));
    expect(after.events).toEqual([
      { type: 'left', agent: 'a1', silent: true },
      { type: 'left', agent: 'a2', silent: false },
    ]);
    expect(after.effects.slice(-2)).toMatchObject([{ type: 'capacity_changed' }, { type: 'agent_lost', agent: 'a2' }]);
    expect(poolSlots(after.state, 'default')).toBe(0);
  });

  it('loses what an agent ran before it was started again', () => {
    const here = spec.given().when(survey(sighting('a1')));
    const again = here.when(survey(sighting('a1', { startedAt: 2_000 })));
    expect(again.effects.slice(-1)).toEqual([{ type: 'agent_lost', agent: 'a1', boot: 2_000 }]);
  });

  it('judges attempts only when it is sure', () => {
    const { state } = spec.given().when(survey(sighting('a1', { startedAt: 2_000 })));
    expect(hasEnded(state, 'a1', 1_000, 0)).toBe(true);
    expect(hasEnded(state, 'a1', 2_000, 60_000)).toBe(false);
    expect(hasEnded(state, 'a1', 3_000, 60_000), 'the board is behind').toBe(false);
    expect(hasEnded(state, 'a2', 1_000, 1_000), 'it may be seen soon').toBe(false);
    expect(hasEnded(state, 'a2', 1_000, PRESENCE_MAX_AGE_MS + 1)).toBe(true);
  });
});
