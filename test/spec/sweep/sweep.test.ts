import { describe, expect, it } from 'vitest';
import {
  at,
  type SweepEffect,
  type SweepEvent,
  type SweepState,
  sweepActor,
  undecidedTrials,
} from '../../../coordinator/core/sweep/index.ts';
import { specification } from '../../support/specification.ts';
import { adopted, attemptOf, FACTS, LogWriter, recorded } from '../../support/sweep-events.ts';

const spec = specification(sweepActor(FACTS));
const now = 10_000;

const plans = (events: readonly SweepEvent[]) =>
  events.flatMap((event) =>
    event.type === 'logged' && event.event.kind === 'planned'
      ? [[event.event.item, event.event.gen, ...event.event.trials]]
      : [],
  );
const records = (effects: readonly SweepEffect[]) =>
  effects.flatMap((effect) =>
    effect.type === 'record' ? [[effect.decision.trial, effect.decision.outcome, effect.decision.attempt]] : [],
  );
const counts = (state: SweepState) =>
  Object.fromEntries(Object.entries(state.totals.byStatus).filter(([, n]) => n > 0));

describe('planning', () => {
  it('submits once', () => {
    const submitted = spec.given().when({ type: 'submit', at: now });
    expect(submitted.events).toMatchObject([{ event: { kind: 'submitted', specHash: FACTS.hash, planned: 6 } }]);
    submitted.when({ type: 'submit', at: now }).thenNothing();
  });

  it('plans nothing before the sweep is submitted', () => {
    spec.given().when({ type: 'plan', at: now, slots: 4 }).thenNothing();
  });

  it('plans items of one trial while nothing is measured, and enqueues each', () => {
    const log = new LogWriter();
    const planned = spec.given(log.submitted()).when({ type: 'plan', at: now, slots: 1 });
    expect(plans(planned.events)).toEqual([0, 1, 2, 3, 4, 5].map((i) => [`i00000${i}`, 1, i]));
    expect(planned.effects.map((effect) => effect.type)).toEqual(Array(6).fill('enqueue'));
    planned.when({ type: 'plan', at: now, slots: 1 }).thenNothing();
  });

  it('keeps the window: no more than eight items, or four per slot', () => {
    const log = new LogWriter();
    const wide = specification(sweepActor({ ...FACTS, planned: 1000 }));
    const one = wide.given(log.submitted()).when({ type: 'plan', at: now, slots: 1 });
    expect(one.events).toHaveLength(8);
    expect(one.when({ type: 'plan', at: now, slots: 10 }).events).toHaveLength(32);
  });

  it('makes items of about a second of work, smaller towards the end', () => {
    const log = new LogWriter();
    const wide = specification(sweepActor({ ...FACTS, planned: 1000 }));
    const a = attemptOf('a1', 1);
    const given = wide.given(
      log.submitted(),
      log.planned(0, 1, 0),
      log.started(0, 'a1', a),
      log.result(0, 'a1', a, { seconds: 0.1 }),
    );
    const sizes = plans(given.when({ type: 'plan', at: now, slots: 2 }).events).map((plan) => plan.length - 2);
    expect(sizes).toEqual(Array(8).fill(10));
    const late = given.and(log.planned(1, 1, ...Array.from({ length: 989 }, (_, i) => i + 1)));
    const tail = plans(late.when({ type: 'plan', at: now, slots: 2 }).events).map((plan) => plan.length - 2);
    expect(tail).toEqual([3, 2, 2, 1, 1, 1]);
  });
});

describe('counting', () => {
  const a = attemptOf('a1', 1);

  it('records a result once, with the attempt and the event that decided', () => {
    const log = new LogWriter();
    const result = log.result(0, 'a1', a);
    const given = spec.given(log.submitted(), log.planned(0, 1, 0, 1), log.started(0, 'a1', a), result, result);
    expect(records(given.effects).slice(0, 1)).toEqual([[0, 'completed', a]]);
    expect(at(given.state.unrecorded, 0)).toMatchObject({ seq: 1, attempts: 1, agent: 'a1' });
    expect(given.state.totals.duplicates).toBe(1);
    const after = given.and(recorded(0), recorded(0), result);
    expect(after.state.totals.recorded).toBe(1);
    expect(counts(after.state)).toEqual({ fresh: 4, queued: 1, completed: 1 });
  });

  it('does not count a result whose attempt never started, until its start comes', () => {
    const log = new LogWriter();
    const given = spec.given(log.submitted(), log.planned(0, 1, 0), log.result(0, 'a1', a));
    expect(records(given.effects)).toEqual([]);
    expect(records(given.and(log.started(0, 'a1', a)).effects)).toEqual([[0, 'completed', a]]);
  });

  it('ignores trials the sweep does not have, and other sweeps', () => {
    const log = new LogWriter();
    const other = new LogWriter('other-0123abcd');
    const given = spec.given(log.submitted(), log.started(6, 'a1', a), log.result(6, 'a1', a), other.planned(0, 1, 0));
    expect(counts(given.state)).toEqual({ fresh: 6 });
    expect(given.effects).toEqual([]);
  });

  it('records a diverged trial as such and never ranks it', () => {
    const log = new LogWriter();
    const diverged = { outcome: 'diverged', reason: 'loss is NaN', metrics: { val_loss: 0 } } as const;
    const given = spec.given(log.planned(0, 1, 0), log.started(0, 'a1', a), log.result(0, 'a1', a, diverged));
    expect(records(given.effects)).toEqual([[0, 'diverged', a]]);
    expect(given.state.totals.best).toEqual([]);
  });

  it('keeps the best trials by the goal', () => {
    const log = new LogWriter();
    const events = [0.4, 0.2, 0.3].flatMap((value, trial) => [
      log.started(trial, 'a1', attemptOf('a1', trial)),
      log.result(trial, 'a1', attemptOf('a1', trial), { metrics: { val_loss: value } }),
    ]);
    expect(spec.given(...events).state.totals.best.map(({ trial }) => trial)).toEqual([1, 2, 0]);
    const up = specification(sweepActor({ ...FACTS, goal: 'maximize' }));
    expect(up.given(...events).state.totals.best.map(({ trial }) => trial)).toEqual([0, 2, 1]);
  });

  it('finishes when every record is confirmed, and not before', () => {
    const log = new LogWriter();
    const ended = [0, 1, 2, 3, 4, 5].flatMap((trial) => [
      log.started(trial, 'a1', attemptOf('a1', trial)),
      log.result(trial, 'a1', attemptOf('a1', trial)),
    ]);
    const given = spec.given(log.submitted(), ...ended, ...[0, 1, 2, 3, 4].map(recorded));
    given.when({ type: 'plan', at: now, slots: 1 }).thenNothing();
    const finished = given.and(recorded(5)).when({ type: 'plan', at: now, slots: 1 });
    expect(finished.events).toMatchObject([{ event: { kind: 'finished' } }]);
    expect(finished.state.phase).toBe('finished');
    finished.when({ type: 'plan', at: now, slots: 1 }).thenNothing();
  });

  it('takes over records that the events do not explain', () => {
    const given = spec.given(adopted(3, 'failed'), adopted(3, 'failed'));
    expect(counts(given.state)).toEqual({ fresh: 5, failed: 1 });
    expect(given.state.totals.recorded).toBe(1);
  });
});

describe('retries', () => {
  const failTwice = (cause: 'user_error' | 'oom' | 'timeout' | 'infra' | 'gpu_fault') => {
    const log = new LogWriter();
    return spec.given(
      log.submitted(),
      log.planned(0, 1, 0),
      log.started(0, 'a1', attemptOf('a1', 1)),
      log.failed(0, 'a1', attemptOf('a1', 1), cause),
      log.planned(1, 1, 0),
      log.started(0, 'a1', attemptOf('a1', 2), 1),
      log.failed(0, 'a1', attemptOf('a1', 2), cause),
    );
  };

  it.each(['user_error', 'oom', 'timeout'] as const)('ends a trial that failed twice for %s', (cause) => {
    const given = failTwice(cause);
    expect(records(given.effects)).toEqual([[0, 'failed', attemptOf('a1', 2)]]);
    expect(given.state.totals.retries).toEqual({ [cause]: 1 });
  });

  it.each(['infra', 'gpu_fault'] as const)('never ends a trial for %s, but waits longer', (cause) => {
    const given = failTwice(cause);
    expect(records(given.effects)).toEqual([]);
    const { seenAt, delayMs } = at(given.state.returned, 0) as { seenAt: number; delayMs: number };
    expect(delayMs).toBe(1_000);
    expect(plans(given.when({ type: 'plan', at: seenAt, slots: 1 }).events)[0]).toEqual(['i000002', 1, 1]);
    const later = given.when({ type: 'plan', at: seenAt + delayMs, slots: 1 });
    expect(plans(later.events)[0]).toEqual(['i000002', 1, 0]);
  });

  it('ends a trial whose work item cannot be read, started or not', () => {
    const log = new LogWriter();
    const given = spec.given(log.planned(0, 1, 0), log.failed(0, 'a1', 'a1-x-1', 'bad_message'));
    expect(records(given.effects)).toEqual([[0, 'failed', 'a1-x-1']]);
  });

  it('does not count one failure twice', () => {
    const log = new LogWriter();
    const failed = log.failed(0, 'a1', attemptOf('a1', 1), 'oom');
    const given = spec.given(log.planned(0, 1, 0), log.started(0, 'a1', attemptOf('a1', 1)), failed, failed);
    expect(records(given.effects)).toEqual([]);
  });

  it('leaves a released trial in its item, which the agent puts back', () => {
    const log = new LogWriter();
    const a = attemptOf('a1', 1);
    const given = spec.given(log.submitted(), log.planned(0, 1, 0), log.started(0, 'a1', a), log.released(0, 'a1', a));
    expect(counts(given.state)).toEqual({ fresh: 5, queued: 1 });
    expect(at(given.state.items, 0)?.trials).toEqual([0]);
  });
});

describe('lost agents', () => {
  it('plans the items of a lost attempt again under the next generation', () => {
    const log = new LogWriter();
    const a = attemptOf('a1', 1);
    const given = spec.given(log.submitted(), log.planned(0, 1, 0, 1, 2), log.started(0, 'a1', a));
    const lost = given.when({ type: 'lose', at: now, attempts: new Set([a]) });
    expect(lost.events).toMatchObject([
      {
        event: {
          kind: 'failed',
          author: 'coordinator',
          attempt: a,
          body: { cause: 'agent_lost', code: 'E_AGENT_LOST' },
        },
      },
      { event: { kind: 'planned', item: 'i000000', gen: 2, trials: [0, 1, 2] } },
    ]);
    expect(lost.effects.slice(-2)).toMatchObject([
      { type: 'unqueue', gen: 2 },
      { type: 'enqueue', gen: 2 },
    ]);
    lost.when({ type: 'lose', at: now, attempts: new Set([a]) }).thenNothing();
  });

  it('counts a late result of a lost attempt if it is the first', () => {
    const log = new LogWriter();
    const [a, b] = [attemptOf('a1', 1), attemptOf('a2', 1)];
    const given = spec
      .given(log.submitted(), log.planned(0, 1, 0), log.started(0, 'a1', a))
      .when({ type: 'lose', at: now, attempts: new Set([a]) })
      .and(log.started(0, 'a2', b, 0, 2), log.result(0, 'a1', a), log.result(0, 'a2', b));
    expect(records(given.effects)).toEqual([[0, 'completed', a]]);
    expect(given.state.totals.duplicates).toBe(1);
    expect(given.state.items.size).toBe(0);
  });

  it('fails a trial that was lost with three different agents, not with one three times', () => {
    const log = new LogWriter();
    const lose = (agents: readonly string[]) => {
      let given = spec.given(log.submitted(), log.planned(0, 1, 0));
      for (const [i, agent] of agents.entries()) {
        const attempt = attemptOf(agent, i);
        given = given
          .and(log.started(0, agent, attempt, 0, i + 1))
          .when({ type: 'lose', at: now, attempts: new Set([attempt]) });
      }
      return given;
    };
    expect(records(lose(['a1', 'a1', 'a1', 'a1']).effects)).toEqual([]);
    const killer = lose(['a1', 'a2', 'a3']);
    expect(records(killer.effects)).toEqual([[0, 'failed', attemptOf('a3', 2)]]);
    expect(at(killer.state.unrecorded, 0)?.reason).toBe('kills_agents: lost with a1, a2, a3');
  });

  it('plans an item again that the queue lost, unless a slot works on it', () => {
    const log = new LogWriter();
    const given = spec.given(
      log.submitted(),
      log.planned(0, 1, 0),
      log.planned(1, 1, 1),
      log.started(1, 'a1', 'a1-x-1', 1),
    );
    const suspects = new Set(['i000000/1', 'i000001/1', 'i000007/1']);
    const again = given.when({ type: 'reconcile', at: now, suspects });
    expect(plans(again.events)).toEqual([['i000000', 2, 0]]);
    again.when({ type: 'reconcile', at: now, suspects }).thenNothing();
  });
});

describe('cancel', () => {
  it('withdraws what is undecided and counts nothing that comes later', () => {
    const log = new LogWriter();
    const a = attemptOf('a1', 1);
    const given = spec.given(
      log.submitted(),
      log.planned(0, 1, 0, 1),
      log.started(0, 'a1', a),
      log.result(0, 'a1', a),
      log.started(1, 'a1', attemptOf('a1', 2)),
    );
    const cancelled = given.when({ type: 'cancel', at: now, reason: 'enough' });
    expect(cancelled.events).toMatchObject([{ event: { kind: 'cancelled', reason: 'enough' } }]);
    expect(cancelled.effects.slice(-2).map(({ type }) => type)).toEqual(['halt', 'withdraw']);
    const late = cancelled.and(log.result(1, 'a1', attemptOf('a1', 2)), log.planned(4, 1, 5));
    const trials = undecidedTrials(late.state, 0, 100);
    expect(trials).toEqual([1, 2, 3, 4, 5]);
    const over = late.and({ type: 'withdrawn', trials }, ...[0, 1, 2, 3, 4, 5].map(recorded));
    expect(counts(over.state)).toEqual({ completed: 1, cancelled: 5 });
    expect(records(over.effects)).toHaveLength(6);
    expect(over.when({ type: 'plan', at: now, slots: 1 }).events).toMatchObject([{ event: { kind: 'finished' } }]);
  });
});
