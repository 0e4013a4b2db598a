/**
 * What the coordinator knows of one sweep: a fold of its events. Finished trials cost two bytes; only trials that are
 * queued, running, or waiting for a retry carry more, and the window bounds those.
 *
 *     trial:  fresh ──planned──> queued ──started──> running ──result──> completed | diverged
 *                                  ^  ^                │ └──failed for good──> failed
 *                                  │  └──lost,released─┘
 *                                  └──planned── returned <──failed, may be tried again── running
 *
 *     sweep:  unknown ──submitted──> running ──cancelled──> cancelling ──┐
 *                                       └──every trial recorded──────────┴──finished──> finished
 *
 * A decided trial waits in `unrecorded` until its record is in DONE: only that counts.
 */
import type { AttemptFailure, FailureCause, SowerEvent, TrialResult } from '../../../shared/protocol/index.ts';
import type { Goal } from '../../../shared/sweep/spec.ts';
import { emptyIndexMap, type IndexMap } from './index-map.ts';
import type { FinalOutcome } from './status.ts';
import { type SweepTotals, zeroTotals } from './totals.ts';
import { emptyTrialBytes, type TrialBytes } from './trial-bytes.ts';

/** What never changes about a sweep. */
export interface SweepFacts {
  readonly sweep: string;
  readonly hash: string;
  readonly pool: string;
  readonly planned: number;
  readonly objective: string;
  readonly goal: Goal;
}

export interface Attempt {
  readonly id: string;
  readonly agent: string;
  readonly open: boolean;
}

/** A trial that was planned and is not decided. */
export interface OpenTrial {
  /** The work item that carries it, null where none does. */
  readonly item: number | null;
  readonly attempts: readonly Attempt[];
  /** Failures so far, by cause. */
  readonly failures: Readonly<Partial<Record<FailureCause, number>>>;
  readonly lostAgents: readonly string[];
  readonly lastFailure: AttemptFailure | null;
  /** Endings of attempts whose `started` has not come (yet). */
  readonly early: readonly LoggedEnding[];
}

export interface LoggedEnding {
  readonly seq: number;
  readonly at: number;
  readonly event: Extract<SowerEvent, { kind: 'result' | 'failed' | 'released' }>;
}

/** A work item that is queued or held by a slot. */
export interface OpenItem {
  readonly gen: number;
  readonly pool: string;
  /** Its trials that are not decided and were not returned. */
  readonly trials: readonly number[];
  /** The server confirmed that it has the message. */
  readonly queued: boolean;
}

/** A trial given back after a failure: when this process learned of it, and how long to wait before the next try. */
export interface ReturnedTrial {
  readonly seenAt: number;
  readonly delayMs: number;
}

/** A decided trial whose record is not confirmed. */
export interface Decision {
  readonly trial: number;
  readonly outcome: FinalOutcome;
  readonly reason: string | null;
  readonly attempts: number;
  readonly attempt: string | null;
  readonly agent: string | null;
  readonly result: TrialResult | null;
  readonly failure: AttemptFailure | null;
  /** Sequence of the event that decided. */
  readonly seq: number;
}

export interface SweepState {
  readonly facts: SweepFacts;
  readonly phase: 'unknown' | 'running' | 'cancelling' | 'finished';
  readonly status: TrialBytes;
  /** Attempts started, per trial, at most 255. */
  readonly attempts: TrialBytes;
  readonly trials: IndexMap<OpenTrial>;
  readonly items: IndexMap<OpenItem>;
  readonly returned: IndexMap<ReturnedTrial>;
  readonly unrecorded: IndexMap<Decision>;
  /** Trials from here on were never planned. */
  readonly nextFresh: number;
  readonly nextItem: number;
  /** Sequence of the last event folded. */
  readonly seq: number;
  readonly cancelReason: string | null;
  readonly totals: SweepTotals;
}

export function initialSweepState(facts: SweepFacts): SweepState {
  return {
    facts,
    phase: 'unknown',
    status: emptyTrialBytes(),
    attempts: emptyTrialBytes(),
    trials: emptyIndexMap(),
    items: emptyIndexMap(),
    returned: emptyIndexMap(),
    unrecorded: emptyIndexMap(),
    nextFresh: 0,
    nextItem: 0,
    seq: 0,
    cancelReason: null,
    totals: zeroTotals(facts.planned),
  };
}
