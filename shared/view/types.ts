/**
 * What a person sees of a sweep, for the command line and the dashboard alike. Filled by `createSweepView` from stored
 * events, DONE records, live reports and presence, in any order and with repetitions.
 */
import type {
  DoneRecord,
  GpuState,
  MetricValues,
  ParameterValue,
  ParameterValues,
  PresenceEntry,
  SowerEvent,
  TrialReport,
} from '../protocol/index.ts';
import type { Ranking, Standing } from '../stats/standing.ts';
import type { Objective, SweepSpec } from '../sweep/spec.ts';

/**
 * Every planned trial is in exactly one state. `retrying`: an attempt failed or was given back and the next has not
 * started. `lost`: running on an agent that is not heard of. `diverged` trials have ended but never rank.
 */
export type TrialState =
  | 'ready'
  | 'running'
  | 'retrying'
  | 'lost'
  | 'done'
  | 'diverged'
  | 'failed'
  | 'pruned'
  | 'cancelled';

/** In the order in which people read them. */
export const TRIAL_STATES: readonly TrialState[] = [
  'running',
  'retrying',
  'lost',
  'ready',
  'done',
  'diverged',
  'failed',
  'pruned',
  'cancelled',
];

/** What the view is fed with. `at` and `now` are wall-clock milliseconds. */
export type ViewMessage =
  | { readonly type: 'event'; readonly seq: number; readonly event: SowerEvent }
  | { readonly type: 'done'; readonly record: DoneRecord }
  | { readonly type: 'report'; readonly report: TrialReport }
  /** The whole presence list; replaces the one before. */
  | {
      readonly type: 'presence';
      readonly at: number;
      readonly agents: readonly { readonly entry: PresenceEntry; readonly ageMs: number }[];
    };

/** `waiting`: submitted, nothing has started yet. */
export type SweepState = 'waiting' | 'running' | 'finished' | 'cancelled';

export interface RunningTrial {
  readonly trial: string;
  readonly configuration: string;
  readonly seed: number;
  readonly params: ParameterValues;
  readonly state: 'running' | 'lost';
  readonly agent: string;
  readonly slot: number;
  readonly startedAt: number;
  /** Null before the first report. */
  readonly epoch: number | null;
  readonly epochs: number | null;
  readonly metrics: MetricValues;
  readonly samplesPerSecond: number | null;
  /** Last value of the objective, null where it has none yet. */
  readonly objective: number | null;
  /** The objective epoch by epoch (`train_loss` where the objective is not measured every epoch). */
  readonly curve: readonly number[];
}

/** One row of a table of trials, in whatever state. */
export interface TrialRow {
  readonly index: number;
  readonly trial: string;
  readonly configuration: string;
  readonly seed: number;
  readonly params: ParameterValues;
  readonly state: TrialState;
  readonly outcome: DoneRecord['outcome'] | null;
  readonly attempts: number;
  readonly agent: string | null;
  readonly slot: number | null;
  readonly objective: number | null;
  readonly metrics: MetricValues;
  readonly curve: readonly number[];
  readonly epoch: number | null;
  /** How many it was to have; null where nobody said. */
  readonly epochs: number | null;
  readonly seconds: number | null;
  readonly samplesPerSecond: number | null;
  /** Why it failed, diverged or is retried. */
  readonly reason: string | null;
  readonly model: DoneRecord['model'];
  /** Of the attempt that counts or runs, ms. */
  readonly startedAt: number | null;
  /** When it ended, ms. */
  readonly endedAt: number | null;
}

/** `objective` sorts best first by the goal; the others ascend. `descending` turns either round. */
export type TrialSort = 'trial' | 'objective' | 'state' | 'seconds' | 'ended' | { readonly parameter: string };

export interface TrialQuery {
  readonly states?: readonly TrialState[];
  readonly configuration?: string;
  readonly sort?: TrialSort;
  readonly descending?: boolean;
  readonly offset?: number;
  readonly limit?: number;
}

export interface TrialPage {
  readonly rows: readonly TrialRow[];
  /** Trials that match, on this page or not. */
  readonly total: number;
}

export interface Ending {
  readonly trial: string;
  readonly configuration: string;
  readonly seed: number;
  readonly params: ParameterValues;
  readonly state: 'done' | 'diverged' | 'failed' | 'pruned' | 'cancelled';
  readonly objective: number | null;
  readonly seconds: number;
  readonly agent: string | null;
  readonly reason: string | null;
  readonly at: number;
}

export interface AttentionGroup {
  /** `warning`: results say what to know before they are believed. */
  readonly kind: 'failure' | 'divergence' | 'lost_agent' | 'warning';
  /** One line: `6 trials failed: out of memory`. */
  readonly title: string;
  readonly count: number;
  /** The first 20, in trial order. */
  readonly trials: readonly string[];
  /** Parameter values that all trials of the group share, those that the whole sweep shares left out. */
  readonly common: readonly { readonly path: string; readonly value: ParameterValue }[];
  readonly agent: string | null;
}

export interface FleetRow {
  readonly agent: string;
  readonly pool: string;
  readonly host: string;
  readonly version: string;
  readonly state: 'ready' | 'draining' | 'lost';
  /** Since it was last heard of; null where it has never been in the presence list. */
  readonly ageMs: number | null;
  readonly slots: readonly FleetSlot[];
  readonly busySlots: number;
  readonly gpus: readonly GpuState[];
  readonly startedAt: number | null;
}

export interface FleetSlot {
  readonly slot: number;
  readonly device: string;
  readonly state: 'starting' | 'idle' | 'busy' | 'draining' | 'closed';
  readonly sweep: string | null;
  readonly trial: string | null;
}

/** A step of the best value of the objective among single trials, by the number of trials that had ended. */
export interface BestStep {
  readonly ended: number;
  readonly value: number;
  readonly trial: string;
  readonly at: number;
}

export interface SweepSnapshot {
  readonly sweep: string;
  readonly spec: SweepSpec;
  readonly objective: Objective;
  readonly state: SweepState;
  readonly submittedAt: number | null;
  readonly startedAt: number | null;
  /** When the last trial ended, once all have. */
  readonly endedAt: number | null;
  readonly elapsedSeconds: number;
  readonly planned: number;
  readonly counts: Readonly<Record<TrialState, number>>;
  /** Trials that count: done, diverged, failed, pruned, cancelled. */
  readonly ended: number;
  /** 0..1 */
  readonly progress: number;
  /** Null before the second ending. */
  readonly trialsPerMinute: number | null;
  /** When the sweep is likely to end; null while that is not known. */
  readonly eta: { readonly earliestAt: number; readonly latestAt: number } | null;
  /** Slot time that led to results, and that was lost with failed or abandoned attempts. */
  readonly usefulSeconds: number;
  readonly lostSeconds: number;
  readonly best: Standing | null;
  readonly bestSteps: readonly BestStep[];
  readonly running: readonly RunningTrial[];
  /** Latest first, at most 50. */
  readonly recent: readonly Ending[];
  readonly attention: readonly AttentionGroup[];
  readonly fleet: readonly FleetRow[];
  /** Messages that contradict the plan (unknown trials and the like); `audit` explains them. */
  readonly anomalies: number;
}

/** The store behind every screen: messages go in, facts come out. It holds no clock: `now` is passed in. */
export interface SweepView {
  readonly sweep: string;
  readonly spec: SweepSpec;
  /** Rises with every message that may have changed something. */
  readonly version: number;
  apply(message: ViewMessage): void;
  snapshot(now: number): SweepSnapshot;
  ranking(): Ranking;
  trials(query: TrialQuery): TrialPage;
  /** Null where the sweep has no such trial. */
  trial(id: string): TrialRow | null;
}

export interface AuditReport {
  readonly sweep: string;
  readonly planned: number;
  /** Trained to an end of their own: completed or diverged. */
  readonly done: number;
  /** How many of those done diverged. */
  readonly diverged: number;
  readonly failed: number;
  readonly pruned: number;
  readonly cancelled: number;
  readonly pending: number;
  readonly duplicates: number;
  /** True only where nothing contradicts and nothing is pending. */
  readonly ok: boolean;
  readonly problems: readonly string[];
}
