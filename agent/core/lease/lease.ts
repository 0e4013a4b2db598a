/**
 * The agent's claim on the items it holds, fenced by itself.
 *
 *     leased ──(no confirmed beat for fenceMs)──> unleased ──(a beat is confirmed)──> leased
 *
 * Leased: every beat puts presence and tells the server that held items are being worked on. Unleased: training goes on,
 * but the agent is silent about its items, so the server may give them to others; a zombie must not keep an item that
 * a healthy agent could run. All times are monotonic milliseconds stamped by the shell.
 */
import type { Actor } from '../../../shared/kernel/actor.ts';
import { assertNever } from '../../../shared/kernel/assert.ts';
import type { AgentLimits } from '../limits.ts';

export interface LeaseState {
  readonly mode: 'leased' | 'unleased';
  readonly limits: Pick<AgentLimits, 'beatMs' | 'fenceMs' | 'changeMs'>;
  /** When the last beat that the server confirmed was sent. */
  readonly confirmedAt: number;
  readonly beatAt: number | null;
  /** Something in the presence entry changed since the last put. */
  readonly changed: boolean;
}

export type LeaseCommand =
  | { readonly type: 'tick'; readonly at: number }
  | { readonly type: 'change'; readonly at: number }
  /** `sentAt`: when the confirmed put was sent, because that is what the server knows. */
  | { readonly type: 'confirm'; readonly sentAt: number }
  | { readonly type: 'reconnect'; readonly at: number };

export type LeaseEvent =
  | { readonly type: 'beat'; readonly at: number; readonly cause: 'timer' | 'change' | 'reconnect' }
  | { readonly type: 'changed' }
  | { readonly type: 'confirmed'; readonly sentAt: number }
  | { readonly type: 'lost'; readonly at: number }
  | { readonly type: 'regained' };

export type LeaseEffect =
  | { readonly type: 'put-presence' }
  /** Tell the server that every held item is being worked on. */
  | { readonly type: 'claim-items' }
  /** Look whether others started what we hold; claim what they did not. */
  | { readonly type: 'compare-claims' }
  /** Output sent while the connection was down is gone: send again what was not confirmed. */
  | { readonly type: 'resend' };

/** The lease actor; `startedAt` counts as confirmed, because nothing is held yet. */
export function leaseActor(
  limits: LeaseState['limits'],
  startedAt: number,
): Actor<LeaseCommand, LeaseEvent, LeaseState, LeaseEffect> {
  return {
    initialState: { mode: 'leased', limits, confirmedAt: startedAt, beatAt: null, changed: false },
    decide,
    evolve,
    react,
  };
}

function decide(command: LeaseCommand, state: LeaseState): readonly LeaseEvent[] {
  switch (command.type) {
    case 'tick': {
      const beat = dueBeat(state, command.at);
      return beat === null ? expiry(state, command.at) : [...expiry(state, command.at), beat];
    }
    case 'change': {
      const changed: LeaseEvent = { type: 'changed' };
      const beat = dueBeat({ ...state, changed: true }, command.at);
      return [...expiry(state, command.at), changed, ...(beat === null ? [] : [beat])];
    }
    case 'confirm': {
      if (command.sentAt < state.confirmedAt) return [];
      const confirmed: LeaseEvent = { type: 'confirmed', sentAt: command.sentAt };
      return state.mode === 'unleased' ? [confirmed, { type: 'regained' }] : [confirmed];
    }
    case 'reconnect':
      return [...expiry(state, command.at), { type: 'beat', at: command.at, cause: 'reconnect' }];
    default:
      return assertNever(command);
  }
}

/** Asked before every beat: after a pause (a suspended machine) any command may be the first to come. */
function expiry(state: LeaseState, at: number): readonly LeaseEvent[] {
  return state.mode === 'leased' && at - state.confirmedAt >= state.limits.fenceMs ? [{ type: 'lost', at }] : [];
}

function dueBeat(state: LeaseState, at: number): LeaseEvent | null {
  const since = state.beatAt === null ? Number.POSITIVE_INFINITY : at - state.beatAt;
  if (since >= state.limits.beatMs) return { type: 'beat', at, cause: 'timer' };
  if (state.changed && since >= state.limits.changeMs) return { type: 'beat', at, cause: 'change' };
  return null;
}

function evolve(state: LeaseState, event: LeaseEvent): LeaseState {
  switch (event.type) {
    case 'beat':
      return { ...state, beatAt: event.at, changed: false };
    case 'changed':
      return { ...state, changed: true };
    case 'confirmed':
      return { ...state, confirmedAt: event.sentAt };
    case 'lost':
      return { ...state, mode: 'unleased' };
    case 'regained':
      return { ...state, mode: 'leased' };
    default:
      return assertNever(event);
  }
}

function react(event: LeaseEvent, state: LeaseState): readonly LeaseEffect[] {
  const claim: readonly LeaseEffect[] = state.mode === 'leased' ? [{ type: 'claim-items' }] : [];
  switch (event.type) {
    case 'beat':
      if (event.cause === 'reconnect') return [{ type: 'put-presence' }, ...claim, { type: 'resend' }];
      return [{ type: 'put-presence' }, ...claim];
    case 'regained':
      return [{ type: 'compare-claims' }];
    case 'changed':
    case 'confirmed':
    case 'lost':
      return [];
    default:
      return assertNever(event);
  }
}
