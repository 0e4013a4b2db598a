import { describe, expect, test } from 'vitest';
import { doneRecordOf } from '../../support/messages.ts';
import { all, type BusHarness, freshNames } from './harness.ts';

const fresh = freshNames();

export function doneLedgerContract(harness: BusHarness): void {
  describe('done', () => {
    test('admits one record per trial among many writers at once', async () => {
      const buses = await Promise.all(['one', 'two', 'three', 'four'].map((name) => harness.open(name)));
      const sweep = fresh('race');
      const trials = Array.from({ length: 50 }, (_, i) => `t${String(i).padStart(6, '0')}`);
      const outcomes = await Promise.all(
        buses.flatMap((bus, writer) =>
          trials.map(async (trial) => ({
            trial,
            writer,
            outcome: await bus.done.record(doneRecordOf(sweep, trial, { steps: writer })),
          })),
        ),
      );
      const recorded = outcomes.filter(({ outcome }) => outcome === 'recorded');
      expect(recorded.map(({ trial }) => trial).sort()).toEqual(trials);
      for (const { trial, writer } of recorded) {
        expect(await buses[0]?.done.get(sweep, trial)).toMatchObject({ steps: writer });
      }
    });

    test('keeps the first record, also over restarts of the server', async () => {
      const bus = await harness.open('ledger');
      const sweep = fresh('restart');
      expect(await bus.done.record(doneRecordOf(sweep, 't000001', { steps: 1 }))).toBe('recorded');
      for (const how of ['kill', 'stop'] as const) {
        await harness.restart(how);
        expect(await bus.done.record(doneRecordOf(sweep, 't000001', { steps: 2 }))).toBe('exists');
      }
      expect(await bus.done.get(sweep, 't000001')).toEqual(doneRecordOf(sweep, 't000001', { steps: 1 }));
    });

    test('admits each record once while the server is killed under the writers', async () => {
      const bus = await harness.open('ledger');
      const sweep = fresh('under-fire');
      const trials = Array.from({ length: 2000 }, (_, i) => `t${String(i).padStart(6, '0')}`);
      const writing = Promise.all(trials.map((trial) => bus.done.record(doneRecordOf(sweep, trial))));
      await harness.restart('kill');
      expect(new Set(await writing)).toEqual(new Set(['recorded']));
      expect(await bus.done.count(sweep)).toBe(trials.length);
    });

    test('counts and reads the records of one sweep', async () => {
      const bus = await harness.open('ledger');
      const sweep = fresh('count');
      const other = fresh('count');
      await bus.done.record(doneRecordOf(sweep, 't000001'));
      await bus.done.record(doneRecordOf(sweep, 't000002'));
      await bus.done.record(doneRecordOf(other, 't000001'));
      expect(await bus.done.count(sweep)).toBe(2);
      expect(await bus.done.count(fresh('count'))).toBe(0);
      const read = await all(bus.done.read({ sweep }));
      expect(read.map((stored) => 'value' in stored && stored.value.trial)).toEqual(['t000001', 't000002']);
      expect(await bus.done.get(sweep, 't000003')).toBeNull();
    });

    test('names a record that cannot be read', async () => {
      const bus = await harness.open('ledger');
      const sweep = fresh('garbage');
      await harness.inject(`done.${sweep}.t000001`, '{}');
      await expect(bus.done.get(sweep, 't000001')).rejects.toMatchObject({ code: 'E_BAD_RECORD' });
      expect(await all(bus.done.read({ sweep }))).toMatchObject([{ unreadable: { subject: `done.${sweep}.t000001` } }]);
    });
  });
}
