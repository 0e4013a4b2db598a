import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  restoreSweep,
  type SweepEvent,
  type SweepState,
  saveSweep,
  sweepActor,
} from '../../../coordinator/core/sweep/index.ts';
import { attemptOf, FACTS, LogWriter, recorded } from '../../support/sweep-events.ts';

const actor = sweepActor(FACTS);

/** Folds events as the coordinator does; each record is confirmed at once. Gives what DONE would hold. */
function doneOf(events: readonly SweepEvent[]): { done: ReadonlyMap<number, string>; state: SweepState } {
  const done = new Map<number, string>();
  let state = actor.initialState;
  for (const event of events) {
    state = actor.evolve(state, event);
    for (const effect of actor.react(event, state)) {
      if (effect.type !== 'record') continue;
      expect(done.has(effect.decision.trial), 'a trial is recorded once').toBe(false);
      done.set(effect.decision.trial, effect.decision.outcome);
      state = actor.evolve(state, recorded(effect.decision.trial));
    }
  }
  return { done, state };
}

const before = fc.array(fc.constantFrom('agent_lost', 'infra', 'gpu_fault', 'agent_stop', 'released', 'oom'), {
  maxLength: 4,
});
const ending = fc.constantFrom('result', 'diverged', 'user_error');
const lives = fc.array(fc.record({ before, ending }), { minLength: FACTS.planned, maxLength: FACTS.planned });

type Life = { before: readonly string[]; ending: string };

/** The log of one trial: attempts that came to nothing, then what decides it; and the record that must follow. */
function logOf(log: LogWriter, trial: number, { before, ending }: Life): { events: SweepEvent[]; outcome: string } {
  const events: SweepEvent[] = [log.planned(trial, 1, trial)];
  const ooms = before.filter((cause) => cause === 'oom').length;
  const attempt = (count: number) => attemptOf('a1', trial * 100 + count);
  before.forEach((cause, i) => {
    events.push(log.started(trial, 'a1', attempt(i), trial));
    if (cause === 'released') events.push(log.released(trial, 'a1', attempt(i)));
    else events.push(log.failed(trial, 'a1', attempt(i), cause as 'oom'));
  });
  const ends = ending === 'user_error' ? [50, 51] : [50];
  for (const count of ends) {
    events.push(log.started(trial, 'a1', attempt(count), trial));
    if (ending === 'user_error') events.push(log.failed(trial, 'a1', attempt(count), 'user_error'));
    else
      events.push(log.result(trial, 'a1', attempt(count), { outcome: ending === 'result' ? 'completed' : 'diverged' }));
  }
  const failed = ending === 'user_error' || ooms >= 2;
  return { events, outcome: failed ? 'failed' : ending === 'result' ? 'completed' : 'diverged' };
}

describe('the fold of the log', () => {
  it('gives the same DONE records for any order and any repeats', () => {
    const scenario = lives.chain((trials) => {
      const log = new LogWriter();
      const told = trials.map((life, trial) => logOf(log, trial, life));
      const events = [log.submitted(), ...told.flatMap((trial) => trial.events)];
      // A trial with two fatal failures and a result ends by whichever the log has first: order is part of its meaning.
      const unambiguous = trials.every(({ before, ending }) => ending === 'user_error' || !twice(before, 'oom'));
      return fc.record({
        outcomes: fc.constant(told.map(({ outcome }) => outcome)),
        unambiguous: fc.constant(unambiguous),
        events: fc.shuffledSubarray([...events, ...events], { minLength: 2 * events.length }),
      });
    });
    fc.assert(
      fc.property(scenario, ({ outcomes, unambiguous, events }) => {
        fc.pre(unambiguous);
        const { done, state } = doneOf(events);
        expect([...done].sort((a, b) => a[0] - b[0])).toEqual([...outcomes.entries()]);
        expect(state.totals.recorded).toBe(FACTS.planned);
        expect(state.trials.size + state.items.size + state.returned.size + state.unrecorded.size).toBe(0);
        const total = Object.values(state.totals.byStatus).reduce((sum, count) => sum + count, 0);
        expect(total).toBe(FACTS.planned);
      }),
      { numRuns: 500 },
    );
  });

  it('goes on from a snapshot as if nothing had happened', () => {
    const scenario = lives.chain((trials) => {
      const log = new LogWriter();
      const events = [log.submitted(), ...trials.flatMap((life, trial) => logOf(log, trial, life).events)];
      return fc.record({
        events: fc.shuffledSubarray(events, { minLength: events.length }),
        cut: fc.nat({ max: events.length }),
      });
    });
    fc.assert(
      fc.property(scenario, ({ events, cut }) => {
        const first = events.slice(0, cut).reduce(actor.evolve, actor.initialState);
        const restored = restoreSweep(JSON.parse(JSON.stringify(saveSweep(first))));
        const rest = events.slice(cut);
        expect(saveSweep(rest.reduce(actor.evolve, restored))).toEqual(saveSweep(rest.reduce(actor.evolve, first)));
      }),
      { numRuns: 200 },
    );
  });
});

function twice(causes: readonly string[], cause: string): boolean {
  return causes.filter((other) => other === cause).length >= 2;
}
