import { describe, expect, test } from 'vitest';
import { presenceOf, workItemOf } from '../../support/messages.ts';
import { until } from '../../support/until.ts';
import type { BusHarness } from './harness.ts';

const PATIENCE_MS = 60_000;

/** What the server's timers do; the tests wait for them together. */
export function expiryContract(harness: BusHarness): void {
  describe.concurrent('the timers of the server', () => {
    test('the item of a holder that died is delivered to another', async () => {
      const victim = await harness.open('victim');
      const heir = await harness.open('heir');
      await heir.queue.openPool('expiry', 2);
      await heir.queue.enqueue(workItemOf('expiry', 'expiry', 1));
      const lost = await victim.queue.pull('expiry', 5_000);
      await victim.close();
      const inherited = await heir.queue.pull('expiry', PATIENCE_MS);
      expect(inherited?.item).toEqual(lost?.item);
      await inherited?.ack();
    });

    test('the item of a holder that keeps working stays with it', async () => {
      const holder = await harness.open('holder');
      const rival = await harness.open('rival');
      await rival.queue.openPool('working', 2);
      await rival.queue.enqueue(workItemOf('working', 'working', 1));
      const held = await holder.queue.pull('working', 5_000);
      const beat = setInterval(() => held?.working(), 5_000);
      expect(await rival.queue.pull('working', 40_000)).toBeNull();
      clearInterval(beat);
      await held?.ack();
      expect(await rival.queue.stored('working')).toEqual([]);
    });

    test('an agent that no longer says so is gone', async () => {
      const bus = await harness.open('presence');
      await bus.presence.put(presenceOf('silent'));
      const listed = async () => (await bus.presence.list()).find(({ entry }) => entry.agent === 'silent');
      let oldestMs = 0;
      await until(
        'its removal',
        async () => {
          const found = await listed();
          oldestMs = Math.max(oldestMs, found?.ageMs ?? 0);
          return found === undefined;
        },
        PATIENCE_MS,
      );
      expect(oldestMs).toBeGreaterThan(25_000);
    });

    test('the lease of a coordinator that stopped renewing passes on, and the sleeper learns it', async () => {
      const sleeper = await harness.open('sleeper');
      const standby = await harness.open('standby');
      const first = await sleeper.lead.acquire('sleeper');
      let second: string | null = null;
      await until(
        'the hand-over',
        async () => {
          second = await standby.lead.acquire('standby');
          return second !== null;
        },
        PATIENCE_MS,
      );
      expect(second).not.toBe(first);
      await expect(sleeper.lead.renew('sleeper')).rejects.toMatchObject({ code: 'E_LEASE_LOST' });
      await standby.lead.release('standby');
    });
  });
}
