import { describe, expect, test } from 'vitest';
import type { Bus, Delivery } from '../../../shared/bus/port.ts';
import { workItemOf } from '../../support/messages.ts';
import { until } from '../../support/until.ts';
import { type BusHarness, freshNames } from './harness.ts';

const fresh = freshNames();
const PULL_MS = 10_000;

async function openPool(harness: BusHarness): Promise<{ bus: Bus; pool: string; sweep: string }> {
  const bus = await harness.open('queue');
  const pool = fresh('pool');
  await bus.queue.openPool(pool, 2);
  return { bus, pool, sweep: fresh('work') };
}

async function pulled(bus: Bus, pool: string): Promise<Delivery> {
  const delivery = await bus.queue.pull(pool, PULL_MS);
  if (delivery === null) throw new Error('nothing was delivered');
  return delivery;
}

export function workQueueContract(harness: BusHarness): void {
  describe('queue', () => {
    test('refuses an item and generation that is queued, and takes the next generation', async () => {
      const { bus, pool, sweep } = await openPool(harness);
      expect(await bus.queue.enqueue(workItemOf(sweep, pool, 1))).toBe('queued');
      expect(await bus.queue.enqueue(workItemOf(sweep, pool, 1))).toBe('exists');
      expect(await bus.queue.enqueue(workItemOf(sweep, pool, 1, 2))).toBe('queued');
      expect(await bus.queue.stored(sweep)).toEqual([
        { item: 'i000001', gen: 1 },
        { item: 'i000001', gen: 2 },
      ]);
    });

    test('hands each item to one of many pullers and removes it when it is acknowledged', async () => {
      const { bus, pool, sweep } = await openPool(harness);
      const other = await harness.open('other');
      await other.queue.openPool(pool, 4);
      await Promise.all(Array.from({ length: 100 }, (_, i) => bus.queue.enqueue(workItemOf(sweep, pool, i))));
      expect(await bus.queue.depth(pool)).toEqual({ ready: 100, held: 0 });
      const items: string[] = [];
      const work = async (puller: Bus) => {
        while (items.length < 100) {
          const delivery = await puller.queue.pull(pool, 1_000);
          if (delivery === null) continue;
          items.push(delivery.item.item);
          await delivery.ack();
        }
      };
      await Promise.all([work(bus), work(bus), work(other), work(other)]);
      expect(new Set(items).size).toBe(100);
      expect(items).toHaveLength(100);
      expect(await bus.queue.depth(pool)).toEqual({ ready: 0, held: 0 });
      expect(await bus.queue.stored(sweep)).toEqual([]);
    });

    test('keeps pools apart', async () => {
      const { bus, pool, sweep } = await openPool(harness);
      const other = fresh('pool');
      await bus.queue.openPool(other, 1);
      await bus.queue.enqueue(workItemOf(sweep, other, 1));
      expect(await bus.queue.pull(pool, 1_000)).toBeNull();
      expect((await pulled(bus, other)).item).toEqual(workItemOf(sweep, other, 1));
    });

    test('delivers a released item again, at once or later', async () => {
      const { bus, pool, sweep } = await openPool(harness);
      await bus.queue.enqueue(workItemOf(sweep, pool, 1));
      const first = await pulled(bus, pool);
      expect(await bus.queue.depth(pool)).toEqual({ ready: 0, held: 1 });
      await first.release();
      const second = await pulled(bus, pool);
      expect(second.item).toEqual(first.item);
      await second.release(1_500);
      const third = await pulled(bus, pool);
      await third.ack();
      expect(await bus.queue.stored(sweep)).toEqual([]);
    });

    test('answers null when nothing comes, and when the puller gives up', async () => {
      const { bus, pool, sweep } = await openPool(harness);
      expect(await bus.queue.pull(pool, 1_000)).toBeNull();
      const stop = new AbortController();
      const pulling = bus.queue.pull(pool, 600_000, stop.signal);
      await bus.roundTripMs();
      stop.abort();
      expect(await pulling).toBeNull();
      expect(await bus.queue.pull(pool, 600_000, stop.signal)).toBeNull();
      // What the server still sends to the puller that gave up comes back without waiting for the redelivery timer.
      await bus.queue.enqueue(workItemOf(sweep, pool, 1));
      expect((await pulled(bus, pool)).item.item).toBe('i000001');
    });

    test('of a pool that nobody opened is refused by name', async () => {
      const bus = await harness.open('queue');
      await expect(bus.queue.pull(fresh('closed'), 1_000)).rejects.toMatchObject({ code: 'E_POOL_MISSING' });
      expect(await bus.queue.depth(fresh('closed'))).toEqual({ ready: 0, held: 0 });
    });

    test('removes an item that cannot be read and delivers the next', async () => {
      const { bus, pool, sweep } = await openPool(harness);
      await harness.inject(`trial.${pool}.${sweep}.i000001.1`, '{"v":1}');
      await bus.queue.enqueue(workItemOf(sweep, pool, 2));
      expect((await pulled(bus, pool)).item.item).toBe('i000002');
      await until('its removal', async () => (await bus.queue.stored(sweep)).length === 1);
    });

    test('forgets all items of a cancelled sweep, delivered or not, and no others', async () => {
      const { bus, pool, sweep } = await openPool(harness);
      const other = fresh('work');
      await bus.queue.enqueue(workItemOf(other, pool, 0));
      await Promise.all(Array.from({ length: 300 }, (_, i) => bus.queue.enqueue(workItemOf(sweep, pool, i))));
      const kept = await pulled(bus, pool);
      const held = await pulled(bus, pool);
      expect([kept.item.sweep, held.item.sweep]).toEqual([other, sweep]);
      expect(await bus.queue.removeSweep(sweep)).toBe(300);
      expect(await bus.queue.stored(sweep)).toEqual([]);
      expect(await bus.queue.stored(other)).toHaveLength(1);
      await held.ack();
      expect(await bus.queue.pull(pool, 1_000)).toBeNull();
      await kept.ack();
    });

    test('takes one generation of an item out, queued or held', async () => {
      const { bus, pool, sweep } = await openPool(harness);
      await bus.queue.enqueue(workItemOf(sweep, pool, 1));
      await bus.queue.enqueue(workItemOf(sweep, pool, 1, 2));
      const held = await pulled(bus, pool);
      expect(await bus.queue.remove(pool, sweep, 'i000001', held.item.gen)).toBe(true);
      expect(await bus.queue.remove(pool, sweep, 'i000001', held.item.gen)).toBe(false);
      expect(await bus.queue.stored(sweep)).toEqual([{ item: 'i000001', gen: 2 }]);
      expect(await bus.queue.remove(pool, sweep, 'i000001', 2)).toBe(true);
      expect(await bus.queue.pull(pool, 1_000)).toBeNull();
    });

    test('delivers to a pull that was waiting when the server was killed', async () => {
      const { bus, pool, sweep } = await openPool(harness);
      const writer = await harness.open('writer');
      const pulling = bus.queue.pull(pool, 60_000);
      await bus.roundTripMs();
      await harness.restart('kill');
      await writer.queue.enqueue(workItemOf(sweep, pool, 1));
      const delivery = await pulling;
      expect(delivery?.item.item).toBe('i000001');
      await delivery?.ack();
    });

    test('is empty in the end, whatever a killed server brings back', async () => {
      const { bus, pool, sweep } = await openPool(harness);
      const count = 200;
      await Promise.all(Array.from({ length: count }, (_, i) => bus.queue.enqueue(workItemOf(sweep, pool, i))));
      const seen = new Set<string>();
      const drain = async () => {
        for (let d = await bus.queue.pull(pool, 1_000); d !== null; d = await bus.queue.pull(pool, 1_000)) {
          seen.add(d.item.item);
          await d.ack();
        }
      };
      for (let i = 0; i < count / 2; i++) {
        const delivery = await pulled(bus, pool);
        seen.add(delivery.item.item);
        await delivery.ack();
      }
      await harness.restart('kill');
      await until('an empty queue', async () => {
        await drain();
        await bus.queue.removeOrphans(pool);
        return (await bus.queue.stored(sweep)).length === 0;
      });
      expect(seen.size).toBe(count);
      expect(await bus.queue.removeOrphans(pool)).toBe(0);
    });

    test('reopens a pool: what was held or released is ready at once, what was acknowledged is not', async () => {
      const { bus, pool, sweep } = await openPool(harness);
      for (const i of [1, 2, 3]) await bus.queue.enqueue(workItemOf(sweep, pool, i));
      const [first, second] = [await pulled(bus, pool), await pulled(bus, pool)];
      await first.ack();
      await second.release(60_000);
      await pulled(bus, pool);
      await bus.queue.reopenPool(pool, 2);
      const again = [await pulled(bus, pool), await pulled(bus, pool)];
      expect(again.map(({ item }) => item.item).sort()).toEqual(['i000002', 'i000003']);
      await bus.queue.reopenPool(fresh('pool'), 1);
    });

    test('confirms an acknowledgement given while the server was away', async () => {
      const { bus, pool, sweep } = await openPool(harness);
      await bus.queue.enqueue(workItemOf(sweep, pool, 1));
      const delivery = await pulled(bus, pool);
      await harness.down('stop');
      const acknowledged = delivery.ack();
      await harness.up();
      await acknowledged;
      expect(await bus.queue.stored(sweep)).toEqual([]);
    });
  });
}
