import { describe, expect, it } from 'vitest';
import { type AttemptEvent, attemptActor } from '../../../agent/core/attempt/attempt.ts';
import { specification } from '../../support/specification.ts';
import { failureOf, resultOf } from '../../support/sweep-events.ts';

const attempt = 'lab-1-7';
const { given } = specification(attemptActor(attempt));
const started: AttemptEvent = { type: 'started' };
const result = resultOf();
const ended: AttemptEvent = { type: 'ended', ending: { type: 'result', result } };
const progress = (epoch: number) => ({ epoch, epochs: 10, metrics: { val_loss: 0.4 }, samplesPerSecond: 5 });
const begin = { type: 'begin', recorded: false, refusal: null } as const;

describe('attempt', () => {
  it('announces itself before it trains', () => {
    const begun = given().when(begin);
    expect(begun.state.mode).toBe('training');
    expect(begun.effects).toEqual([{ type: 'announce' }, { type: 'train' }]);
  });

  it('does nothing for a trial that DONE names', () => {
    const skipped = given().when({ ...begin, recorded: true });
    expect(skipped.state.mode).toBe('skipped');
    expect(skipped.effects).toEqual([{ type: 'settle', returned: false }, { type: 'free-slot' }]);
  });

  it('fails without a slot where the item makes no sense', () => {
    const refusal = failureOf('bad_message');
    const refused = given().when({ ...begin, refusal });
    expect(refused.effects).toEqual([
      { type: 'store', ending: { type: 'failed', failure: refusal } },
      { type: 'free-slot' },
    ]);
  });

  it('goes training, ended, stored, published, and only then is settled', () => {
    const over = given(started).when({ type: 'result', attempt, result });
    expect(over.effects.slice(2)).toEqual([
      { type: 'store', ending: { type: 'result', result } },
      { type: 'free-slot' },
    ]);
    const stored = over.when({ type: 'store' });
    expect(stored.effects).toHaveLength(4);
    expect(stored.when({ type: 'publish' }).effects.at(-1)).toEqual({ type: 'settle', returned: false });
  });

  it('is not published before it is stored', () => {
    given(started, ended).when({ type: 'publish' }).thenNothing();
    given(started).when({ type: 'store' }).thenNothing();
  });

  it('hears nothing of other attempts, and nothing after its end', () => {
    given(started).when({ type: 'result', attempt: 'lab-1-6', result }).thenNothing();
    given(started)
      .when({ type: 'report', attempt: 'lab-1-6', progress: progress(1) })
      .thenNothing();
    given(started, ended).when({ type: 'result', attempt, result }).thenNothing();
    given(started, ended)
      .when({ type: 'crash', failure: failureOf('infra') })
      .thenNothing();
    given()
      .when({ type: 'report', attempt, progress: progress(1) })
      .thenNothing();
    given(started).when(begin).thenNothing();
  });

  it('forwards reports and remembers how far it is', () => {
    const reported = given(started).when({ type: 'report', attempt, progress: progress(3) });
    expect(reported.effects.at(-1)).toEqual({ type: 'forward-report', progress: progress(3) });
    expect(reported.state.progress).toEqual(progress(3));
  });

  it('fails when its slot dies, with the cause of the death', () => {
    const failure = failureOf('oom');
    expect(given(started).when({ type: 'crash', failure }).state.ending).toEqual({ type: 'failed', failure });
  });

  it('is released, not failed, when it was asked to stop: also where the slot had to be killed', () => {
    const stopping = given(started).when({ type: 'stop', reason: 'drain' });
    expect(stopping.effects.at(-1)).toEqual({ type: 'stop-training' });
    const released = { type: 'released', reason: 'drain' };
    const stopped = stopping.when({ type: 'stopped', attempt });
    expect(stopped.state.ending).toEqual(released);
    expect(stopping.when({ type: 'crash', failure: failureOf('infra') }).state.ending).toEqual(released);
    stopping.when({ type: 'stop', reason: 'again' }).thenNothing();
    const published = stopped.when({ type: 'store' }).when({ type: 'publish' });
    expect(published.effects.at(-1)).toEqual({ type: 'settle', returned: true });
  });

  it('keeps a result that crossed the stop on its way', () => {
    const crossed = given(started, { type: 'stopping', reason: 'drain' }).when({ type: 'result', attempt, result });
    expect(crossed.state.ending).toEqual({ type: 'result', result });
  });

  it('gives way to a younger attempt unless more than 80 % are done', () => {
    const early = given(started, { type: 'reported', progress: progress(8) });
    expect(early.when({ type: 'supersede', by: 'b-2-1' }).effects.at(-1)).toEqual({ type: 'stop-training' });
    given(started, { type: 'reported', progress: progress(9) })
      .when({ type: 'supersede', by: 'b-2-1' })
      .thenNothing();
  });
});
