import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ItemCommand, type ItemEvent, itemActor } from '../../../agent/core/attempt/item.ts';
import { specification } from '../../support/specification.ts';

const two = specification(itemActor(2, 8));
const begun = (position: number): ItemEvent => ({ type: 'begun', position });
const freed: ItemEvent = { type: 'freed' };
const settled: ItemEvent = { type: 'settled', returned: false };

describe('item', () => {
  it('begins the next trial as soon as the slot is free, before the last one is settled', () => {
    expect(two.given().when({ type: 'begin' }).effects).toEqual([{ type: 'begin-trial', position: 0 }]);
    expect(two.given(begun(0)).when({ type: 'free' }).events).toEqual([freed, begun(1)]);
  });

  it('is acked when all trials are settled and not before', () => {
    const waiting = two.given(begun(0), freed, begun(1), freed, settled);
    expect(waiting.effects.filter((effect) => effect.type === 'answer')).toEqual([]);
    const done = waiting.when({ type: 'settle', returned: false });
    expect(done.effects.at(-1)).toEqual({ type: 'answer', answer: 'ack' });
    done.when({ type: 'settle', returned: false }).thenNothing();
  });

  it('waits with the next trial while too many are unsettled', () => {
    const narrow = specification(itemActor(3, 1));
    const full = narrow.given(begun(0)).when({ type: 'free' });
    expect(full.events).toEqual([freed]);
    expect(full.when({ type: 'settle', returned: false }).events).toEqual([settled, begun(1)]);
  });

  it('is released when it is given back with trials left', () => {
    const returning = two.given(begun(0)).when({ type: 'return' });
    expect(returning.events).toEqual([{ type: 'returning' }]);
    const over = returning.when({ type: 'free' }).when({ type: 'settle', returned: true });
    expect(over.effects.at(-1)).toEqual({ type: 'answer', answer: 'release' });
  });

  it('is acked, though given back, when its last trial finished after all', () => {
    const last = two.given(begun(0), freed, settled, begun(1)).when({ type: 'return' });
    const over = last.when({ type: 'free' }).when({ type: 'settle', returned: false });
    expect(over.effects.at(-1)).toEqual({ type: 'answer', answer: 'ack' });
  });

  it('is released where its last trial was given back, too', () => {
    const last = two.given(begun(0), freed, settled, begun(1), freed).when({ type: 'settle', returned: true });
    expect(last.effects.at(-1)).toEqual({ type: 'answer', answer: 'release' });
  });

  it('is acked when its sweep is cancelled, and abandoned when another slot holds it', () => {
    const free = (mode: 'cancel' | 'supersede') =>
      two
        .given(begun(0))
        .when({ type: mode })
        .when({ type: 'free' })
        .when({ type: 'settle', returned: true })
        .effects.at(-1);
    expect(free('cancel')).toEqual({ type: 'answer', answer: 'ack' });
    expect(free('supersede')).toEqual({ type: 'answer', answer: 'abandon' });
  });

  it('is answered exactly once, after every begun trial settled, whatever happens in between', () => {
    const turn = fc.constantFrom('free', 'settle', 'settle-returned', 'return', 'cancel', 'supersede');
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 6 }),
        fc.integer({ min: 1, max: 3 }),
        fc.array(turn),
        (count, open, turns) => {
          const { given } = specification(itemActor(count, open));
          let run = given().when({ type: 'begin' });
          for (const next of [
            ...turns,
            ...Array<'free' | 'settle'>(20)
              .fill('free')
              .flatMap(() => ['free', 'settle']),
          ]) {
            const { slotBusy, open: unsettled } = run.state;
            // The slot frees before its trial settles; neither happens without a begun trial.
            if (next === 'free' && !slotBusy) continue;
            if (next.startsWith('settle') && unsettled - (slotBusy ? 1 : 0) <= 0) continue;
            const command: ItemCommand = next.startsWith('settle')
              ? { type: 'settle', returned: next === 'settle-returned' }
              : { type: next as 'free' | 'return' | 'cancel' | 'supersede' };
            run = run.when(command);
          }
          expect(run.effects.filter((effect) => effect.type === 'answer')).toHaveLength(1);
          expect(run.state).toMatchObject({ mode: 'answered', open: 0, slotBusy: false });
        },
      ),
    );
  });
});
