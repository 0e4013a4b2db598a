import { describe, expect, test } from 'vitest';
import type { BusHarness } from './harness.ts';

const revisionOf = (fence: string | null) => Number(fence?.split('/')[1]);

export function leaderLeaseContract(harness: BusHarness): void {
  describe('lease', () => {
    test('goes to one of many, who alone can renew it, until it is released', async () => {
      const buses = await Promise.all(Array.from({ length: 8 }, (_, i) => harness.open(`candidate-${i}`)));
      const fences = await Promise.all(buses.map((bus, i) => bus.lead.acquire(`holder-${i}`)));
      expect(fences.filter((fence) => fence !== null)).toHaveLength(1);
      const leader = fences.findIndex((fence) => fence !== null);
      const loser = (leader + 1) % buses.length;
      const lead = buses[leader]?.lead;
      expect(await lead?.holder()).toBe(`holder-${leader}`);
      const renewed = (await lead?.renew(`holder-${leader}`)) ?? null;
      expect(revisionOf(renewed)).toBeGreaterThan(revisionOf(fences[leader] ?? null));
      expect(renewed?.split('/')[0]).toBe(fences[leader]?.split('/')[0]);
      await expect(buses[loser]?.lead.renew(`holder-${loser}`)).rejects.toMatchObject({ code: 'E_LEASE_LOST' });
      await buses[loser]?.lead.release(`holder-${loser}`);
      expect(await lead?.holder()).toBe(`holder-${leader}`);

      await lead?.release(`holder-${leader}`);
      expect(await lead?.holder()).toBeNull();
      const next = await buses[loser]?.lead.acquire(`holder-${loser}`);
      expect(revisionOf(next ?? null)).toBeGreaterThan(revisionOf(renewed));
      await expect(lead?.renew(`holder-${leader}`)).rejects.toMatchObject({ code: 'E_LEASE_LOST' });
      await buses[loser]?.lead.release(`holder-${loser}`);
    });

    test('survives a killed server, and cannot be renewed without one', async () => {
      const bus = await harness.open('leader');
      const first = await bus.lead.acquire('survivor');
      await harness.restart('kill');
      const renewed = await bus.lead.renew('survivor');
      expect(revisionOf(renewed)).toBeGreaterThan(revisionOf(first));
      await harness.down('kill');
      await expect(bus.lead.renew('survivor')).rejects.toMatchObject({ code: 'E_NATS_UNREACHABLE' });
      await harness.up();
      await bus.lead.release('survivor');
    });
  });
}
