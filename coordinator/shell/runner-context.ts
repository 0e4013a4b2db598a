import type { Bus } from '../../shared/bus/port.ts';
import type { Clock, Log } from '../../shared/kernel/clock.ts';
import type { SweepSpec } from '../../shared/sweep/index.ts';
import type { Decision, SweepEvent, SweepFacts, SweepState } from '../core/sweep/index.ts';
import type { FoldProgress } from './fold-progress.ts';
import type { Journal } from './journal.ts';
import type { CoordinatorLimits } from './limits.ts';

/** What the sweeps of one session share. */
export interface RunnerContext {
  readonly bus: Bus;
  readonly journal: Journal;
  readonly clock: Clock;
  readonly log: Log;
  readonly limits: CoordinatorLimits;
  readonly progress: FoldProgress;
  readonly fence: () => string;
  readonly slots: (pool: string) => number;
  readonly onDecided: (facts: SweepFacts, decision: Decision) => void;
  /** Something may be missing from the queue: compare it soon. */
  readonly onDoubt: () => void;
  readonly onFailure: (error: unknown) => void;
}

/** The sweep whose effect is performed, and the way back for what came of it. */
export interface SweepDesk {
  readonly facts: SweepFacts;
  readonly spec: SweepSpec;
  readonly state: SweepState;
  feed(event: SweepEvent, id: string): void;
  effectsBelow(open: number): Promise<void>;
}
