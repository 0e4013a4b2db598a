import { describe, expect, it } from 'vitest';
import type { DoneRecord } from '../../../shared/protocol/index.ts';
import { auditSweep } from '../../../shared/view/index.ts';
import { type Fate, START, storySweep, tell } from './sweep-story.ts';

const sweep = storySweep(3);
const FINISHED: readonly Fate[] = [
  'completed',
  'lost-completed',
  'diverged',
  'failed',
  'released-completed',
  'completed',
];

const audit = (fates: readonly Fate[], change: (records: DoneRecord[]) => DoneRecord[] = (records) => records) => {
  const { events, records } = tell(sweep, fates);
  return auditSweep(sweep, events, change([...records]));
};

describe('the audit', () => {
  it('passes where every planned trial is counted once, and only then', () => {
    expect(audit(FINISHED)).toEqual({
      sweep: sweep.id,
      planned: 6,
      done: 5,
      diverged: 1,
      failed: 1,
      pruned: 0,
      cancelled: 0,
      pending: 0,
      duplicates: 0,
      ok: true,
      problems: [],
    });
  });

  it('is not yet ok while trials are pending, though nothing is wrong', () => {
    const report = audit(['completed', 'running', 'uncounted']);
    expect(report).toMatchObject({ done: 1, pending: 5, ok: false, problems: [] });
  });

  const spoil = (index: number, change: Partial<DoneRecord>) => (records: DoneRecord[]) =>
    records.map((record, i) => (i === index ? { ...record, ...change } : record));

  it.each<[string, (records: DoneRecord[]) => DoneRecord[], RegExp]>([
    ['a trial counted twice', (records) => [...records, records[0] as DoneRecord], /^t000000: counted more than once$/],
    [
      'a trial that was never planned',
      spoil(5, { trial: 't000006' }),
      /^t000006: counted, but the sweep has no such trial$/,
    ],
    ['a record of another sweep', spoil(0, { sweep: 'other' }), /belongs to sweep other$/],
    ['other parameters', spoil(0, { params: { lr: 9 } }), /recorded with \{"lr":9\}, planned with/],
    ['another seed', spoil(0, { seed: 5 }), /recorded with seed 5, planned with 1$/],
    ['another configuration', spoil(0, { configuration: 'c0002' }), /recorded as c0002, planned as c0000$/],
    ['an event that is not there', spoil(0, { event: 9999 }), /its result event 9999 is not in the log$/],
    ['an event of another kind', spoil(0, { event: 2 }), /event 2 is started of t000000, not its result$/],
    [
      'another attempt',
      spoil(0, { attempt: 'host-9-b-9' }),
      /counts attempt host-9-b-9, but event 3 is of host-1-b-0-1$/,
    ],
    ['other metrics', spoil(0, { metrics: { val_loss: 0 } }), /its metrics differ from those of event 3$/],
    [
      'a divergence made good',
      spoil(2, { outcome: 'completed' }),
      /recorded as completed, but event \d+ says diverged$/,
    ],
    [
      'a cancellation nobody asked for',
      spoil(0, { state: 'cancelled' }),
      /recorded as cancelled, but the sweep never was$/,
    ],
  ])('finds %s', (_, change, problem) => {
    const report = audit(FINISHED, change);
    expect(report.ok).toBe(false);
    expect(report.problems).toContainEqual(expect.stringMatching(problem));
  });

  it('counts duplicates apart', () => {
    const twice = audit(FINISHED, (records) => [...records, ...records.slice(0, 2)]);
    expect(twice).toMatchObject({ done: 5, failed: 1, duplicates: 2, ok: false });
  });

  it('finds a result of an attempt that was never started', () => {
    const { events, records } = tell(sweep, FINISHED);
    const without = events.filter(({ event }) => !(event.kind === 'started' && event.trial === 't000000'));
    expect(auditSweep(sweep, without, records).problems).toEqual(['t000000: attempt host-1-b-0-1 was never started']);
  });

  it('accepts a trial whose item an agent refused before it started anything', () => {
    const { events, records } = tell(sweep, FINISHED);
    const failed = records.find(({ state }) => state === 'failed') as DoneRecord;
    const refused = events
      .filter(({ event }) => event.kind !== 'started' || event.trial !== failed.trial)
      .map(({ seq, event }) => {
        if (event.kind !== 'failed') return { seq, event };
        return { seq, event: { ...event, body: { ...event.body, cause: 'bad_message' as const } } };
      });
    expect(auditSweep(sweep, refused, records)).toMatchObject({ ok: true, problems: [] });
  });

  it('accepts what a cancelled sweep left', () => {
    const { events, records } = tell(sweep, FINISHED);
    const whole = { v: 1 as const, sweep: sweep.id, author: 'coordinator', at: START, trial: '-' as const };
    const cancel = { seq: 500, event: { ...whole, kind: 'cancelled' as const, reason: 'enough' } };
    const withdrawn = spoil(5, { state: 'cancelled', outcome: 'cancelled', attempt: null, event: 500 })([...records]);
    expect(auditSweep(sweep, [...events, cancel], withdrawn)).toMatchObject({ ok: true, cancelled: 1, done: 4 });
  });

  it('shows the first hundred problems and counts the rest', () => {
    const many = storySweep(100);
    const { events, records } = tell(many, Array<Fate>(200).fill('completed'));
    const { problems } = auditSweep(
      many,
      events,
      records.map((record) => ({ ...record, seed: 7 })),
    );
    expect(problems).toHaveLength(101);
    expect(problems[100]).toBe('and 100 more');
  });
});
