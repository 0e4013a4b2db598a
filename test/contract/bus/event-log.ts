import { describe, expect, test } from 'vitest';
import { cancelledEvent, startedEvent } from '../../support/messages.ts';
import { until } from '../../support/until.ts';
import { all, type BusHarness, freshNames, take } from './harness.ts';

const fresh = freshNames();

export function eventLogContract(harness: BusHarness): void {
  describe('events', () => {
    test('are read in the order of appending, with their sequences', async () => {
      const bus = await harness.open('log');
      const sweep = fresh('order');
      const appended = await Promise.all(
        Array.from({ length: 1000 }, (_, i) => bus.events.append(startedEvent(sweep, i), `${sweep}-${i}`)),
      );
      const read = await all(bus.events.read({ sweep }));
      expect(read.map((stored) => stored.seq)).toEqual(appended.map(({ seq }) => seq));
      expect(read.map((stored) => ('value' in stored ? stored.value : null))).toEqual(
        Array.from({ length: 1000 }, (_, i) => startedEvent(sweep, i)),
      );
    });

    test('are stored once per id', async () => {
      const bus = await harness.open('log');
      const sweep = fresh('once');
      const first = await bus.events.append(startedEvent(sweep, 1), `${sweep}-1`);
      const again = await bus.events.append(startedEvent(sweep, 1), `${sweep}-1`);
      expect(again).toEqual(first);
      expect(await all(bus.events.read({ sweep }))).toHaveLength(1);
    });

    test('can be read from any sequence', async () => {
      const bus = await harness.open('log');
      const sweep = fresh('from');
      const seqs: number[] = [];
      for (let i = 0; i < 5; i++) seqs.push((await bus.events.append(startedEvent(sweep, i), `${sweep}-${i}`)).seq);
      const read = await all(bus.events.read({ fromSeq: seqs[3] as number }));
      expect(read.map(({ seq }) => seq)).toEqual(seqs.slice(3));
      const head = await bus.events.head();
      expect(head.lastSeq).toBe(seqs[4]);
      expect(await all(bus.events.read({ fromSeq: head.lastSeq + 1 }))).toEqual([]);
    });

    test('can be read by kind, of one sweep or of all', async () => {
      const bus = await harness.open('log');
      const [sweep, other] = [fresh('kind'), fresh('kind-other')];
      await bus.events.append(startedEvent(sweep, 0), `${sweep}-0`);
      const { seq } = await bus.events.append(cancelledEvent(sweep), `${sweep}-cancelled`);
      const next = await bus.events.append(cancelledEvent(other), `${other}-cancelled`);
      const kind = 'cancelled';
      expect(await all(bus.events.read({ sweep, kind }))).toEqual([{ seq, value: cancelledEvent(sweep) }]);
      const ofAll = await all(bus.events.read({ fromSeq: seq, kind }));
      expect(ofAll.map((stored) => stored.seq)).toEqual([seq, next.seq]);
    });

    test('are followed after the stored ones, and the turn is told once', async () => {
      const bus = await harness.open('log');
      const sweep = fresh('follow');
      await bus.events.append(startedEvent(sweep, 0), `${sweep}-0`);
      const heard: string[] = [];
      const options = { sweep, follow: true, onCaughtUp: () => heard.push('caught up') };
      for await (const stored of bus.events.read(options)) {
        heard.push('value' in stored ? stored.value.trial : '?');
        if (heard.includes('t000002')) break;
        const next = heard.filter((entry) => entry.startsWith('t')).length;
        await bus.events.append(startedEvent(sweep, next), `${sweep}-${next}`);
      }
      expect(heard).toEqual(['t000000', 'caught up', 't000001', 't000002']);
    });

    test('tell at once that there is nothing yet', async () => {
      const bus = await harness.open('log');
      const stop = new AbortController();
      let told = 0;
      const onCaughtUp = () => {
        told++;
        stop.abort();
      };
      const read = bus.events.read({ sweep: fresh('nothing'), follow: true, signal: stop.signal, onCaughtUp });
      expect(await all(read)).toEqual([]);
      expect(told).toBe(1);
    });

    test('that cannot be read are yielded with their problem', async () => {
      const bus = await harness.open('log');
      const sweep = fresh('bad');
      const subject = `ev.${sweep}.host.t000001.started`;
      await harness.inject(subject, 'not json');
      await harness.inject(subject, JSON.stringify({ ...startedEvent(sweep, 1), slot: 'three' }));
      await harness.inject(subject, JSON.stringify(startedEvent(sweep, 2)));
      await harness.inject(subject, JSON.stringify({ ...startedEvent(sweep, 1), v: 2 }));
      await bus.events.append(startedEvent(sweep, 1), `${sweep}-1`);
      const read = await all(bus.events.read({ sweep }));
      const problems = read.map((stored) => ('unreadable' in stored ? stored.unreadable.problem : 'fine'));
      expect(problems).toEqual([
        'not JSON (8 bytes)',
        expect.stringMatching(/^slot: /),
        `the body belongs to ev.${sweep}.host.t000002.started`,
        expect.stringMatching(/^v: /),
        'fine',
      ]);
      expect(read[0]).toMatchObject({ unreadable: { subject, seq: read[0]?.seq } });
    });

    test('too big for the server are refused before they are sent', async () => {
      const bus = await harness.open('log');
      const event = { ...startedEvent(fresh('big'), 1), item: 'x'.repeat(2 ** 21) };
      await expect(bus.events.append(event, fresh('id'))).rejects.toMatchObject({
        code: 'E_MESSAGE_TOO_BIG',
        fix: expect.stringContaining('max_payload'),
      });
    });

    test('are neither lost nor doubled for a follower while the server is killed again and again', async () => {
      const writer = await harness.open('writer');
      const reader = await harness.open('reader');
      const sweep = fresh('killed');
      const count = 600;
      const following = take(reader.events.read({ sweep, follow: true }), count);
      let acknowledged = 0;
      const writing = (async () => {
        for (let i = 0; i < count; i += 20) {
          const batch = Array.from({ length: 20 }, (_, k) =>
            writer.events.append(startedEvent(sweep, i + k), `${sweep}-${i + k}`),
          );
          await Promise.all(batch);
          acknowledged = i + 20;
        }
      })();
      for (const part of [100, 300, 500]) {
        await until(`${part} acknowledged`, () => acknowledged >= part);
        await harness.restart('kill');
      }
      await writing;
      const trials = (await following).map((stored) => ('value' in stored ? stored.value.trial : '?'));
      expect(new Set(trials).size).toBe(count);
      expect(await all(reader.events.read({ sweep }))).toHaveLength(count);
    });

    test('that the server forgot end a read with E_HISTORY_LOST', async () => {
      const bus = await harness.open('log');
      const sweep = fresh('lost');
      await bus.events.append(startedEvent(sweep, 1), `${sweep}-1`);
      const before = await bus.events.head();
      let caughtUp = false;
      const onCaughtUp = () => {
        caughtUp = true;
      };
      const following = all(bus.events.read({ follow: true, onCaughtUp }));
      const ending = expect(following).rejects.toMatchObject({ code: 'E_HISTORY_LOST' });
      await until('the follower to stand at the end', () => caughtUp);
      await harness.down('kill');
      await harness.up({ empty: true });
      await bus.provision();
      await ending;
      const after = await bus.events.head();
      expect(after.created).not.toBe(before.created);
      expect(after.lastSeq).toBe(0);
      const stale = all(bus.events.read({ fromSeq: before.lastSeq + 1 }));
      await expect(stale).rejects.toMatchObject({ code: 'E_HISTORY_LOST' });
    });
  });
}
