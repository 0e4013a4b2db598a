import { assert } from '../../shared/kernel/assert.ts';
import { PRESENCE_MAX_AGE_MS } from '../core/fleet/index.ts';

/** Every bound of the coordinator, by name. Tests shrink some; the relations between them hold always. */
export interface CoordinatorLimits {
  /** The server forgets a lease that was not renewed for this long (bucket `lead`). */
  readonly leaseMs: number;
  readonly leaseRenewMs: number;
  /** Without a confirmed renewal for this long a leader steps down, before anybody else can lead. */
  readonly leaseStepDownMs: number;
  /** How often a standby asks for the lease. */
  readonly leaseAskMs: number;
  /** How often presence is read and waiting retries are looked at. */
  readonly surveyMs: number;
  /** How often the queue is compared with what is planned. */
  readonly reconcileMs: number;
  /** After an agent was lost or gave work back, the comparison comes this soon. */
  readonly reconcileSoonMs: number;
  /** Effects of one sweep under way: server requests in flight. */
  readonly effects: number;
  /** Effects waiting before the log is read more slowly. */
  readonly effectsWaiting: number;
  /** Trials withdrawn at a time from a cancelled sweep. */
  readonly withdrawTrials: number;
  /** Events folded between two snapshots. */
  readonly snapshotEvents: number;
  /** A finished sweep's metrics stay this long. */
  readonly finishedKeepMs: number;
  /** `trial` series at most, per sweep and in all. */
  readonly trialSeriesPerSweep: number;
  readonly trialSeries: number;
}

export const COORDINATOR_LIMITS: CoordinatorLimits = {
  leaseMs: 15_000,
  leaseRenewMs: 5_000,
  leaseStepDownMs: 10_000,
  leaseAskMs: 500,
  surveyMs: 1_000,
  reconcileMs: 30_000,
  reconcileSoonMs: 1_000,
  effects: 256,
  effectsWaiting: 4_096,
  withdrawTrials: 256,
  snapshotEvents: 10_000,
  finishedKeepMs: 15 * 60_000,
  trialSeriesPerSweep: 64,
  trialSeries: 20_000,
};

/** Throws where limits contradict each other. */
export function checkLimits(limits: CoordinatorLimits): CoordinatorLimits {
  assert(2 * limits.leaseRenewMs <= limits.leaseStepDownMs, 'one lost renewal must not end a lease');
  assert(limits.leaseStepDownMs < limits.leaseMs, 'a leader is silent before the next one speaks');
  assert(limits.leaseAskMs < limits.leaseMs, 'a standby asks within a lease');
  assert(limits.surveyMs < PRESENCE_MAX_AGE_MS, 'agents are looked at before they are given up');
  assert(limits.reconcileSoonMs <= limits.reconcileMs, 'soon is not later than the next round');
  assert(limits.effects <= limits.effectsWaiting, 'what runs fits into what may wait');
  assert(limits.withdrawTrials <= limits.effectsWaiting, 'a withdrawal fits into what may wait');
  assert(limits.trialSeriesPerSweep <= limits.trialSeries, 'one sweep fits into the cap');
  return limits;
}
