/**
 * One pulled work item: its trials run one after another on one slot, and the item is answered once, when every trial of
 * it that was begun is settled.
 *
 *     working ──(all trials settled)──────────────> ack        the queue forgets the item
 *     returning ──(begun trials settled)──────────> release    the queue gives the rest to another slot
 *     cancelled ──(begun trials settled)──────────> ack        nobody shall run the rest
 *     superseded ──(begun trials settled)─────────> abandon    another slot holds the item: say nothing
 *
 * The next trial starts before the result of the one before is published; only the answer waits.
 */
import type { Actor } from '../../../shared/kernel/actor.ts';
import { assertNever } from '../../../shared/kernel/assert.ts';

export interface ItemState {
  readonly mode: 'working' | 'returning' | 'cancelled' | 'superseded' | 'answered';
  readonly trialCount: number;
  /** Most trials that may be begun and not settled. */
  readonly openLimit: number;
  /** Position of the next trial to begin. */
  readonly next: number;
  readonly slotBusy: boolean;
  readonly open: number;
  /** A trial was given back unfinished, so the item must come again. */
  readonly returned: boolean;
}

export type ItemCommand =
  | { readonly type: 'begin' }
  | { readonly type: 'free' }
  | { readonly type: 'settle'; readonly returned: boolean }
  | { readonly type: 'return' }
  | { readonly type: 'cancel' }
  | { readonly type: 'supersede' };

type Answer = 'ack' | 'release' | 'abandon';

export type ItemEvent =
  | { readonly type: 'begun'; readonly position: number }
  | { readonly type: 'freed' }
  | { readonly type: 'settled'; readonly returned: boolean }
  | { readonly type: 'returning' }
  | { readonly type: 'cancelled' }
  | { readonly type: 'superseded' }
  | { readonly type: 'answered'; readonly answer: Answer };

export type ItemEffect =
  | { readonly type: 'begin-trial'; readonly position: number }
  | { readonly type: 'answer'; readonly answer: Answer };

export type ItemActor = Actor<ItemCommand, ItemEvent, ItemState, ItemEffect>;

export function itemActor(trialCount: number, openLimit: number): ItemActor {
  const initialState: ItemState = {
    mode: 'working',
    trialCount,
    openLimit,
    next: 0,
    slotBusy: false,
    open: 0,
    returned: false,
  };
  return { initialState, decide, evolve, react };
}

function decide(command: ItemCommand, state: ItemState): readonly ItemEvent[] {
  if (state.mode === 'answered') return [];
  switch (command.type) {
    case 'begin':
      return followed([], state);
    case 'free':
      return followed([{ type: 'freed' }], state);
    case 'settle':
      return followed([{ type: 'settled', returned: command.returned }], state);
    case 'return':
      return state.mode === 'working' ? followed([{ type: 'returning' }], state) : [];
    case 'cancel':
      return state.mode === 'working' ? followed([{ type: 'cancelled' }], state) : [];
    case 'supersede':
      return state.mode === 'working' ? followed([{ type: 'superseded' }], state) : [];
    default:
      return assertNever(command);
  }
}

/** What happened, and what follows from it: the next trial, the answer, or nothing yet. */
function followed(events: readonly ItemEvent[], state: ItemState): readonly ItemEvent[] {
  const after = events.reduce(evolve, state);
  const left = after.next < after.trialCount;
  if (after.mode === 'working' && left && !after.slotBusy && after.open < after.openLimit) {
    return [...events, { type: 'begun', position: after.next }];
  }
  const over = after.open === 0 && !after.slotBusy && (after.mode !== 'working' || !left);
  return over ? [...events, { type: 'answered', answer: answerOf(after, left) }] : events;
}

function answerOf(state: ItemState, left: boolean): Answer {
  if (state.mode === 'superseded') return 'abandon';
  if (state.mode === 'cancelled') return 'ack';
  return left || state.returned ? 'release' : 'ack';
}

function evolve(state: ItemState, event: ItemEvent): ItemState {
  switch (event.type) {
    case 'begun':
      return { ...state, next: event.position + 1, slotBusy: true, open: state.open + 1 };
    case 'freed':
      return { ...state, slotBusy: false };
    case 'settled':
      return { ...state, open: state.open - 1, returned: state.returned || event.returned };
    case 'returning':
    case 'cancelled':
    case 'superseded':
      return { ...state, mode: event.type };
    case 'answered':
      return { ...state, mode: 'answered' };
    default:
      return assertNever(event);
  }
}

function react(event: ItemEvent): readonly ItemEffect[] {
  switch (event.type) {
    case 'begun':
      return [{ type: 'begin-trial', position: event.position }];
    case 'answered':
      return [{ type: 'answer', answer: event.answer }];
    case 'freed':
    case 'settled':
    case 'returning':
    case 'cancelled':
    case 'superseded':
      return [];
    default:
      return assertNever(event);
  }
}
