import { afterAll, afterEach, describe } from 'vitest';
import {
  controlLineContract,
  objectShelfContract,
  presenceBoardContract,
  reportFeedContract,
  sweepShelfContract,
} from './bus/boards.ts';
import { doneLedgerContract } from './bus/done-ledger.ts';
import { eventLogContract } from './bus/event-log.ts';
import { expiryContract } from './bus/expiry.ts';
import type { BusHarness } from './bus/harness.ts';
import { leaderLeaseContract } from './bus/lease.ts';
import { busLifeContract } from './bus/life.ts';
import { workQueueContract } from './bus/work-queue.ts';

/** Every promise of `shared/bus/port.ts`; an implementation passes it on a real server. */
export function busContract(name: string, harness: BusHarness): void {
  describe(name, () => {
    afterEach(() => harness.closeAll());
    busLifeContract(harness);
    eventLogContract(harness);
    doneLedgerContract(harness);
    workQueueContract(harness);
    reportFeedContract(harness);
    presenceBoardContract(harness);
    leaderLeaseContract(harness);
    sweepShelfContract(harness);
    objectShelfContract(harness);
    controlLineContract(harness);
  });
  describe(`${name}, in time`, () => {
    afterAll(() => harness.closeAll());
    expiryContract(harness);
  });
}
