import { describe, expect, test } from 'vitest';
import { doneRecordOf, startedEvent } from '../../support/messages.ts';
import { until } from '../../support/until.ts';
import { all, type BusHarness } from './harness.ts';

export function busLifeContract(harness: BusHarness): void {
  describe('a bus', () => {
    test('tells when it loses the server and has it back', async () => {
      const bus = await harness.open('status');
      const heard: string[] = [];
      const listening = bus.onStatus((status) => heard.push(status.type));
      await until('the first word', () => heard.length === 1);
      await harness.restart('kill');
      await until('reconnection', () => heard.includes('reconnected'));
      listening.stop();
      await bus.close();
      expect(heard).toEqual(['connected', 'disconnected', 'reconnected']);
    });

    test('confirms what was published before it closes', async () => {
      const bus = await harness.open('closing');
      const appends = Promise.all(
        Array.from({ length: 2000 }, (_, i) => bus.events.append(startedEvent('closing', i), `closing-${i}`)),
      );
      await bus.close();
      await appends;
      const other = await harness.open('reader');
      expect(await all(other.events.read({ sweep: 'closing' }))).toHaveLength(2000);
    });

    test('refuses everything once it is closed', async () => {
      const bus = await harness.open('closed');
      const following = all(bus.events.read({ follow: true, fromSeq: (await bus.events.head()).lastSeq + 1 }));
      await bus.queue.openPool('closing', 1);
      const pulling = bus.queue.pull('closing', 60_000);
      const refusedPull = expect(pulling).rejects.toMatchObject({ code: 'E_NATS_CLOSED' });
      await bus.close();
      await bus.close();
      await refusedPull;
      expect(await following).toEqual([]);
      const record = bus.done.record(doneRecordOf('closed', 't000001'));
      await expect(record).rejects.toMatchObject({ code: 'E_NATS_CLOSED' });
      await expect(bus.events.head()).rejects.toMatchObject({ code: 'E_NATS_CLOSED' });
      bus.control.orderStop('any');
    });

    test('closes also while the server is away', async () => {
      const bus = await harness.open('alone');
      await harness.down('kill');
      const append = bus.events.append(startedEvent('alone', 1), 'alone-1');
      const refused = expect(append).rejects.toMatchObject({ code: 'E_NATS_CLOSED' });
      await bus.close();
      await refused;
      await harness.up();
    });

    test('provisions what is there already without touching it', async () => {
      const bus = await harness.open('again');
      const before = await bus.events.head();
      await Promise.all([bus.provision(), bus.provision()]);
      expect(await bus.events.head()).toEqual(before);
    });
  });
}
