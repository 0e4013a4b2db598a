import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { rankConfigurations } from '../../../shared/stats/index.ts';
import type { ValidSweep } from '../../../shared/sweep/spec.ts';
import { createSweepView, type SweepView, type TrialState, type ViewMessage } from '../../../shared/view/index.ts';
import { FATES, type Fate, presenceOf, START, storySweep, tell } from './sweep-story.ts';

const NOW = START + 3_600_000;

function viewOf(sweep: ValidSweep, messages: readonly ViewMessage[]): SweepView {
  const view = createSweepView(sweep);
  for (const message of messages) view.apply(message);
  return view;
}

/** The same message, sent `ms` later. */
function later(message: ViewMessage, ms: number): ViewMessage {
  switch (message.type) {
    case 'event':
      return { ...message, event: { ...message.event, at: message.event.at + ms } };
    case 'done':
      return { ...message, record: { ...message.record, at: message.record.at + ms } };
    case 'report':
      return { ...message, report: { ...message.report, at: message.report.at + ms } };
    case 'presence':
      return { ...message, at: message.at + ms };
    default:
      return message satisfies never;
  }
}

/** Everything a person can see. */
function sight(view: SweepView) {
  return { snapshot: view.snapshot(NOW), ranking: view.ranking(), trials: view.trials({ limit: 1000 }) };
}

const STATE_OF: Readonly<Record<Fate, TrialState>> = {
  untouched: 'ready',
  running: 'running',
  completed: 'done',
  diverged: 'diverged',
  failed: 'failed',
  'lost-completed': 'done',
  'released-completed': 'done',
  released: 'retrying',
  'failed-once': 'retrying',
  uncounted: 'running',
};

const presence = (agents: readonly string[], ageMs = 1000): ViewMessage => ({
  type: 'presence',
  at: NOW,
  agents: agents.map((agent) => ({ entry: presenceOf(agent), ageMs })),
});

describe('the view of a sweep', () => {
  it('knows the state of every trial from its messages', () => {
    const sweep = storySweep(FATES.length / 2);
    const view = viewOf(sweep, tell(sweep, FATES).messages);
    const rows = view.trials({}).rows;
    expect(rows.map(({ state }) => state)).toEqual(FATES.map((fate) => STATE_OF[fate]));
    const { counts, ended, planned, progress, state, anomalies } = view.snapshot(NOW);
    expect(counts).toEqual({
      ready: 1,
      running: 2,
      retrying: 2,
      lost: 0,
      done: 3,
      diverged: 1,
      failed: 1,
      pruned: 0,
      cancelled: 0,
    });
    expect({ ended, planned, progress, state, anomalies }).toEqual({
      ended: 5,
      planned: 10,
      progress: 0.5,
      state: 'running',
      anomalies: 0,
    });
  });

  it('is the same whatever the order of messages and however often they come', () => {
    const story = fc.array(fc.constantFrom(...FATES), { minLength: 1, maxLength: 8 }).chain((fates) => {
      const sweep = storySweep(4);
      const messages = [...tell(sweep, fates).messages, presence(['host-0', 'host-1'])];
      const twice = [...messages, ...messages];
      return fc.tuple(
        fc.constant({ sweep, messages }),
        fc.shuffledSubarray(twice, { minLength: twice.length, maxLength: twice.length }),
      );
    });
    fc.assert(
      fc.property(story, ([{ sweep, messages }, shuffled]) => {
        expect(sight(viewOf(sweep, shuffled))).toEqual(sight(viewOf(sweep, messages)));
      }),
      { numRuns: 300 },
    );
  });

  it('keeps its counts equal to its rows at every step', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom(...FATES), { minLength: 1, maxLength: 6 }),
        fc.nat(40),
        (fates, cancelAt) => {
          const sweep = storySweep(3);
          const view = createSweepView(sweep);
          const { messages } = tell(sweep, fates);
          messages.forEach((message, i) => {
            if (i === cancelAt) view.apply(cancelled(sweep));
            view.apply(message);
            const counted: Record<string, number> = {};
            for (const { state } of view.trials({}).rows) counted[state] = (counted[state] ?? 0) + 1;
            const { counts } = view.snapshot(NOW);
            expect(Object.fromEntries(Object.entries(counts).filter(([, n]) => n > 0))).toEqual(counted);
          });
        },
      ),
    );
  });

  it('ranks as the records alone do', () => {
    const sweep = storySweep(4);
    const { messages, records } = tell(sweep, Array<Fate>(8).fill('completed'));
    const view = viewOf(sweep, messages);
    expect(view.ranking()).toEqual(rankConfigurations(records, sweep.spec));
    expect(view.snapshot(NOW).best?.configuration).toBe('c0003');
  });

  it('shows running trials with their curve, and loses them when their agent is silent', () => {
    const sweep = storySweep(1);
    const view = viewOf(sweep, tell(sweep, ['running']).messages);
    const [running] = view.snapshot(NOW).running;
    expect(running).toMatchObject({ trial: 't000000', agent: 'host-1', slot: 0, epoch: 2, epochs: 3, objective: 2 });
    expect(running?.curve).toEqual([3, 2]);
    view.apply(presence(['host-1']));
    expect(view.snapshot(NOW).counts).toMatchObject({ running: 1, lost: 0 });
    view.apply(presence(['host-1'], 92_000));
    const { counts, attention, fleet } = view.snapshot(NOW);
    expect(counts).toMatchObject({ running: 0, lost: 1 });
    expect(fleet).toMatchObject([{ agent: 'host-1', state: 'lost', ageMs: 92_000 }]);
    expect(attention).toMatchObject([
      { kind: 'lost_agent', title: 'agent host-1 not heard of for 92 s, 1 trial with it', trials: ['t000000'] },
    ]);
  });

  it('groups failures by their message and divergence by what its trials share', () => {
    const sweep = storySweep(4);
    const fates: Fate[] = [
      'diverged',
      'diverged',
      'failed',
      'completed',
      'failed',
      'completed',
      'completed',
      'failed-once',
    ];
    const { attention } = viewOf(sweep, tell(sweep, fates).messages).snapshot(NOW);
    expect(attention.map(({ kind, title, trials, common }) => ({ kind, title, trials, common }))).toEqual([
      { kind: 'failure', title: '2 trials failed: cannot read file 2', trials: ['t000002', 't000004'], common: [] },
      {
        kind: 'failure',
        title: '1 trial to be tried again: cannot read file 7',
        trials: ['t000007'],
        common: [{ path: 'lr', value: 4 }],
      },
      {
        kind: 'divergence',
        title: '2 trials diverged',
        trials: ['t000000', 't000001'],
        common: [{ path: 'lr', value: 1 }],
      },
    ]);
  });

  it('counts slot time that led nowhere apart', () => {
    const sweep = storySweep(1);
    const { usefulSeconds, lostSeconds } = viewOf(
      sweep,
      tell(sweep, ['lost-completed', 'completed']).messages,
    ).snapshot(NOW);
    expect(usefulSeconds).toBe(1.75);
    // Started, three reports and the loss are 250 ms apart.
    expect(lostSeconds).toBe(1);
  });

  it('counts no slot time as lost that a later attempt went on from', () => {
    const sweep = storySweep(1);
    const given = viewOf(sweep, tell(sweep, ['released']).messages).snapshot(NOW);
    expect(given).toMatchObject({ usefulSeconds: 0, lostSeconds: 1 });
    const done = viewOf(sweep, tell(sweep, ['released-completed']).messages).snapshot(NOW);
    expect(done).toMatchObject({ usefulSeconds: 1.5, lostSeconds: 0 });
  });

  it('tells pace and end from the endings', () => {
    const sweep = storySweep(4);
    const view = viewOf(sweep, tell(sweep, Array<Fate>(4).fill('completed')).messages);
    const last = view.snapshot(NOW).recent[0]?.at as number;
    // A trial ends every six messages, 1.5 s apart.
    const { trialsPerMinute, eta, state, startedAt } = view.snapshot(last);
    expect(trialsPerMinute).toBeCloseTo(40, 6);
    expect(state).toBe('running');
    expect(eta?.latestAt).toBeCloseTo(last + 6000, 0);
    expect(eta?.earliestAt).toBeCloseTo(last + (last - (startedAt as number)), 0);
    const over = viewOf(sweep, tell(sweep, Array<Fate>(8).fill('completed')).messages).snapshot(NOW);
    expect(over).toMatchObject({ state: 'finished', eta: null, progress: 1 });
    expect(over.elapsedSeconds).toBeLessThan(15);
  });

  it('counts no pause into pace and end: stopped for an hour and resumed, a sweep goes on as before', () => {
    const sweep = storySweep(4);
    const hour = 3_600_000;
    const { messages } = tell(sweep, [...Array<Fate>(5).fill('completed'), 'running']);
    const third = messages.findIndex((message) => message.type === 'done' && message.record.trial === 't000002');
    const resumed = messages.map((message, at) => (at > third ? later(message, hour) : message));
    const [whole, paused] = [viewOf(sweep, messages), viewOf(sweep, resumed)];
    const now = START + 12_000;
    const [before, after] = [whole.snapshot(now), paused.snapshot(now + hour)];
    // What is lost of the trial in which it stopped counts for the pause.
    expect(after.trialsPerMinute).toBeCloseTo(before.trialsPerMinute as number, -1);
    expect((after.eta?.latestAt as number) - hour - (before.eta?.latestAt as number)).toBeLessThan(1000);
    expect(after.elapsedSeconds).toBe(before.elapsedSeconds + hour / 1000);
    const stoppedAgain = viewOf(sweep, resumed.slice(0, third + 1));
    stoppedAgain.apply(later(messages.find(({ type }, at) => at > third && type === 'event') as ViewMessage, hour));
    expect(stoppedAgain.snapshot(START + 5_000 + hour).trialsPerMinute).toBeGreaterThan(20);
  });

  it('steps from best to best, never back', () => {
    const sweep = storySweep(3);
    const values = [5, 3, 4, 1, 2, 0.5];
    const { bestSteps } = viewOf(
      sweep,
      tell(sweep, Array<Fate>(6).fill('completed'), (index) => values[index] as number).messages,
    ).snapshot(NOW);
    expect(bestSteps.map(({ ended, value }) => [ended, value])).toEqual([
      [1, 5],
      [2, 3],
      [4, 1],
      [6, 0.5],
    ]);
  });

  it('claims for no trial that ended early how far it was to go', () => {
    const sweep = storySweep(1);
    const { records } = tell(sweep, ['completed', 'diverged']);
    const view = viewOf(
      sweep,
      records.map((record) => ({ type: 'done', record })),
    );
    const epochs = view.trials({}).rows.map(({ epoch, epochs }) => [epoch, epochs]);
    expect(epochs).toEqual([
      [3, 3],
      [3, null],
    ]);
  });

  it('does not count what is not of this sweep', () => {
    const sweep = storySweep(1);
    const { records, messages } = tell(sweep, ['completed']);
    const record = records[0];
    if (record === undefined) throw new Error('the story has a record');
    const view = viewOf(sweep, [
      { type: 'done', record: { ...record, trial: 't000009' } },
      { type: 'done', record: { ...record, seed: 5 } },
      { type: 'done', record: { ...record, sweep: 'other-12345678' } },
    ]);
    expect(view.snapshot(NOW)).toMatchObject({ ended: 0, anomalies: 2, counts: { ready: 2 } });
    for (const message of messages) view.apply(message);
    expect(view.snapshot(NOW).counts).toMatchObject({ ready: 1, done: 1 });
  });
});

function cancelled(sweep: ValidSweep): ViewMessage {
  const whole = { v: 1 as const, sweep: sweep.id, author: 'coordinator', at: START, trial: '-' as const };
  return { type: 'event', seq: 9999, event: { ...whole, kind: 'cancelled', reason: 'enough' } };
}

describe('a table of trials', () => {
  const sweep = storySweep(5);
  const values = [5, 3, 4, 1, 2, 6, 7, 8, 9, 10];
  const view = viewOf(sweep, tell(sweep, FATES, (index) => values[index] as number).messages);
  const ids = (query: Parameters<SweepView['trials']>[0]) => view.trials(query).rows.map(({ index }) => index);

  it('filters by state', () => {
    expect(ids({ states: ['done'] })).toEqual([2, 5, 6]);
    expect(ids({ states: ['ready', 'failed'] })).toEqual([0, 4]);
    expect(ids({ configuration: 'c0001' })).toEqual([2, 3]);
  });

  it('sorts, best objective first and what has none last', () => {
    expect(ids({ states: ['done', 'diverged'], sort: 'objective' })).toEqual([2, 5, 6, 3]);
    expect(ids({ sort: 'objective', limit: 3 })).toEqual([1, 2, 5]);
    expect(ids({ sort: { parameter: 'lr' }, descending: true }).slice(0, 2)).toEqual([9, 8]);
    expect(ids({ states: ['done', 'diverged'], sort: 'objective', descending: true })).toEqual([6, 5, 2, 3]);
    expect(ids({ states: ['done', 'failed'], sort: 'ended', descending: true })[0]).toBe(6);
  });

  it('pages, and says how many there are in all', () => {
    expect(view.trials({ offset: 8, limit: 5 })).toMatchObject({ total: 10, rows: [{ index: 8 }, { index: 9 }] });
  });

  it('finds one trial by its id', () => {
    expect(view.trial('t000003')).toMatchObject({ state: 'diverged', reason: 'loss is NaN at epoch 2', attempts: 1 });
    expect(view.trial('t000010')).toBeNull();
    expect(view.trial('nonsense')).toBeNull();
  });

  it('says once what many results say, in whatever order they come', () => {
    const sweep = storySweep(FATES.length / 2);
    const messages = tell(sweep, FATES).messages.map((message) =>
      message.type === 'done'
        ? { ...message, record: { ...message.record, notes: ['class b is never trained'] } }
        : message,
    );
    const warnings = (told: readonly ViewMessage[]) =>
      viewOf(sweep, told)
        .snapshot(NOW)
        .attention.filter(({ kind }) => kind === 'warning');
    const records = messages.filter(({ type }) => type === 'done');
    expect(warnings(messages)).toMatchObject([
      { title: `${records.length} trials: class b is never trained`, count: records.length },
    ]);
    expect(warnings(messages.toReversed())).toEqual(warnings(messages));
    expect(warnings([...messages, ...messages])).toEqual(warnings(messages));
  });
});
