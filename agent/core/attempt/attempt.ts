/**
 * One attempt at one trial.
 *
 *     waiting ──> skipped                                   DONE names the trial already
 *     waiting ──> training ──> (stopping ──>) ended ──> stored ──> published
 *
 * `ended` holds the ending (result, failed, released) in memory; `stored` has it on this machine's disk; `published` has
 * the server's word for it. Nothing but `published` may lead to an ack of the item.
 */
import type { Actor } from '../../../shared/kernel/actor.ts';
import { assertNever } from '../../../shared/kernel/assert.ts';
import type { AttemptFailure, MetricValues, TrialResult } from '../../../shared/protocol/index.ts';

export type Ending =
  | { readonly type: 'result'; readonly result: TrialResult }
  | { readonly type: 'failed'; readonly failure: AttemptFailure }
  | { readonly type: 'released'; readonly reason: string };

export interface Progress {
  readonly epoch: number;
  readonly epochs: number;
  readonly metrics: MetricValues;
  readonly samplesPerSecond: number;
}

export interface AttemptState {
  readonly mode: 'waiting' | 'skipped' | 'training' | 'stopping' | 'ended' | 'stored' | 'published';
  readonly attempt: string;
  readonly progress: Progress | null;
  readonly stopReason: string | null;
  readonly ending: Ending | null;
}

export type AttemptCommand =
  /** `recorded`: DONE names the trial; `refusal`: it cannot be trained from what the item says. */
  | { readonly type: 'begin'; readonly recorded: boolean; readonly refusal: AttemptFailure | null }
  | { readonly type: 'report'; readonly attempt: string; readonly progress: Progress }
  | { readonly type: 'result'; readonly attempt: string; readonly result: TrialResult }
  | { readonly type: 'fail'; readonly attempt: string; readonly failure: AttemptFailure }
  | { readonly type: 'stopped'; readonly attempt: string }
  /** The slot's process is gone. */
  | { readonly type: 'crash'; readonly failure: AttemptFailure }
  | { readonly type: 'stop'; readonly reason: string }
  /** Another attempt at the same trial started after this one. */
  | { readonly type: 'supersede'; readonly by: string }
  | { readonly type: 'store' }
  | { readonly type: 'publish' };

export type AttemptEvent =
  | { readonly type: 'skipped' }
  | { readonly type: 'started' }
  | { readonly type: 'reported'; readonly progress: Progress }
  | { readonly type: 'stopping'; readonly reason: string }
  | { readonly type: 'ended'; readonly ending: Ending }
  | { readonly type: 'stored' }
  | { readonly type: 'published' };

export type AttemptEffect =
  | { readonly type: 'announce' }
  | { readonly type: 'train' }
  | { readonly type: 'forward-report'; readonly progress: Progress }
  | { readonly type: 'stop-training' }
  | { readonly type: 'store'; readonly ending: Ending }
  /** The slot is free for the next trial; the ending may still be on its way. */
  | { readonly type: 'free-slot' }
  /** Nothing is left to do for this trial. */
  | { readonly type: 'settle'; readonly returned: boolean };

/** An older attempt that is this far is faster to finish than to give up. */
const WORTH_FINISHING = 0.8;

export type AttemptActor = Actor<AttemptCommand, AttemptEvent, AttemptState, AttemptEffect>;

export function attemptActor(attempt: string): AttemptActor {
  const initialState: AttemptState = { mode: 'waiting', attempt, progress: null, stopReason: null, ending: null };
  return { initialState, decide, evolve, react };
}

function decide(command: AttemptCommand, state: AttemptState): readonly AttemptEvent[] {
  const active = state.mode === 'training' || state.mode === 'stopping';
  switch (command.type) {
    case 'begin':
      if (state.mode !== 'waiting') return [];
      if (command.recorded) return [{ type: 'skipped' }];
      if (command.refusal !== null) return [ended({ type: 'failed', failure: command.refusal })];
      return [{ type: 'started' }];
    case 'report':
      return active && command.attempt === state.attempt ? [{ type: 'reported', progress: command.progress }] : [];
    case 'result':
      if (!active || command.attempt !== state.attempt) return [];
      return [ended({ type: 'result', result: command.result })];
    case 'fail':
      if (!active || command.attempt !== state.attempt) return [];
      return [ended({ type: 'failed', failure: command.failure })];
    case 'stopped':
      if (!active || command.attempt !== state.attempt) return [];
      return [ended({ type: 'released', reason: state.stopReason ?? 'the slot stopped' })];
    case 'crash':
      if (state.mode === 'stopping') return [ended({ type: 'released', reason: state.stopReason ?? 'stopped' })];
      return active ? [ended({ type: 'failed', failure: command.failure })] : [];
    case 'stop':
      return state.mode === 'training' ? [{ type: 'stopping', reason: command.reason }] : [];
    case 'supersede':
      if (state.mode !== 'training' || share(state.progress) > WORTH_FINISHING) return [];
      return [{ type: 'stopping', reason: `attempt ${command.by} started later` }];
    case 'store':
      return state.mode === 'ended' ? [{ type: 'stored' }] : [];
    case 'publish':
      return state.mode === 'stored' ? [{ type: 'published' }] : [];
    default:
      return assertNever(command);
  }
}

function ended(ending: Ending): AttemptEvent {
  return { type: 'ended', ending };
}

function share(progress: Progress | null): number {
  return progress === null || progress.epochs === 0 ? 0 : progress.epoch / progress.epochs;
}

function evolve(state: AttemptState, event: AttemptEvent): AttemptState {
  switch (event.type) {
    case 'skipped':
      return { ...state, mode: 'skipped' };
    case 'started':
      return { ...state, mode: 'training' };
    case 'reported':
      return { ...state, progress: event.progress };
    case 'stopping':
      return { ...state, mode: 'stopping', stopReason: event.reason };
    case 'ended':
      return { ...state, mode: 'ended', ending: event.ending };
    case 'stored':
      return { ...state, mode: 'stored' };
    case 'published':
      return { ...state, mode: 'published' };
    default:
      return assertNever(event);
  }
}

function react(event: AttemptEvent, state: AttemptState): readonly AttemptEffect[] {
  switch (event.type) {
    case 'skipped':
      return [{ type: 'settle', returned: false }, { type: 'free-slot' }];
    case 'started':
      return [{ type: 'announce' }, { type: 'train' }];
    case 'reported':
      return [{ type: 'forward-report', progress: event.progress }];
    case 'stopping':
      return [{ type: 'stop-training' }];
    case 'ended':
      return [{ type: 'store', ending: event.ending }, { type: 'free-slot' }];
    case 'stored':
      return [];
    case 'published':
      return [{ type: 'settle', returned: state.ending?.type === 'released' }];
    default:
      return assertNever(event);
  }
}
