import { describe, expect, it } from 'vitest';
import { leaseActor } from '../../../agent/core/lease/lease.ts';
import { AGENT_LIMITS, checkLimits } from '../../../agent/core/limits.ts';
import { specification } from '../../support/specification.ts';

const { given } = specification(leaseActor(AGENT_LIMITS, 0));
const beat = (at: number) => ({ type: 'beat', at, cause: 'timer' }) as const;

describe('lease', () => {
  it('beats at once, and again after 10 s, putting presence and claiming its items', () => {
    const first = given().when({ type: 'tick', at: 0 });
    expect(first.events).toEqual([beat(0)]);
    expect(first.effects).toEqual([{ type: 'put-presence' }, { type: 'claim-items' }]);
    given(beat(0)).when({ type: 'tick', at: 9_999 }).thenNothing();
    expect(given(beat(0)).when({ type: 'tick', at: 10_000 }).events).toEqual([beat(10_000)]);
  });

  it('is lost after 20 s without a confirmed beat; then it goes on beating but claims nothing', () => {
    const lost = given(beat(0), beat(10_000)).when({ type: 'tick', at: 20_000 });
    expect(lost.events).toEqual([{ type: 'lost', at: 20_000 }, beat(20_000)]);
    expect(lost.state.mode).toBe('unleased');
    expect(lost.effects.filter((effect) => effect.type === 'claim-items')).toHaveLength(2);
    expect(lost.effects.at(-1)).toEqual({ type: 'put-presence' });
  });

  it('counts a confirmation from the time its beat was sent, and keeps the latest', () => {
    const held = given(beat(0), { type: 'confirmed', sentAt: 15_000 });
    expect(held.when({ type: 'tick', at: 34_999 }).state.mode).toBe('leased');
    expect(held.when({ type: 'tick', at: 35_000 }).state.mode).toBe('unleased');
    held.when({ type: 'confirm', sentAt: 10_000 }).thenNothing();
  });

  it('compares claims before it claims again when the server hears it once more', () => {
    const back = given(beat(0), { type: 'lost', at: 20_000 }).when({ type: 'confirm', sentAt: 21_000 });
    expect(back.events).toEqual([{ type: 'confirmed', sentAt: 21_000 }, { type: 'regained' }]);
    expect(back.state.mode).toBe('leased');
    expect(back.effects.at(-1)).toEqual({ type: 'compare-claims' });
  });

  it('sends again what was not confirmed when the connection is back', () => {
    const back = given(beat(0)).when({ type: 'reconnect', at: 3_000 });
    expect(back.effects.slice(2)).toEqual([{ type: 'put-presence' }, { type: 'claim-items' }, { type: 'resend' }]);
    const unleased = given(beat(0), { type: 'lost', at: 20_000 }).when({ type: 'reconnect', at: 21_000 });
    expect(unleased.effects.slice(2)).toEqual([{ type: 'put-presence' }, { type: 'resend' }]);
  });

  it('claims nothing that it may have lost, whatever it hears of first after a pause', () => {
    for (const type of ['reconnect', 'change'] as const) {
      const late = given(beat(0)).when({ type, at: 20_000 });
      expect(late.events[0]).toEqual({ type: 'lost', at: 20_000 });
      expect(late.effects.slice(2)).toContainEqual({ type: 'put-presence' });
      expect(late.effects.slice(2)).not.toContainEqual({ type: 'claim-items' });
    }
  });

  it('tells changes soon, but not more often than once a second', () => {
    const early = given(beat(0)).when({ type: 'change', at: 400 });
    expect(early.events).toEqual([{ type: 'changed' }]);
    early.when({ type: 'tick', at: 999 }).thenNothing();
    expect(early.when({ type: 'tick', at: 1_000 }).events).toEqual([{ type: 'beat', at: 1_000, cause: 'change' }]);
    expect(given(beat(0)).when({ type: 'change', at: 2_000 }).events).toHaveLength(2);
  });
});

describe('limits', () => {
  it('hold together as they are', () => {
    expect(checkLimits(AGENT_LIMITS)).toBe(AGENT_LIMITS);
  });

  it.each([
    { fenceMs: 15_000 },
    { fenceMs: 30_000 },
    { ackWaitMs: 20_000 },
    { slotBackMs: 40_000 },
    { pullMs: 500 },
    { eventBytes: 70_000 },
  ])('refuse %o', (change) => {
    expect(() => checkLimits({ ...AGENT_LIMITS, ...change })).toThrow('invariant broken');
  });
});
