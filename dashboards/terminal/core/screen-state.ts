import { assertNever } from '../../../shared/kernel/assert.ts';
import type { TrialState } from '../../../shared/view/types.ts';
import type { Action, ScreenName } from './keys.ts';

/** What a person has chosen to look at; the data itself is elsewhere. */
export interface ScreenState {
  readonly screen: ScreenName;
  readonly helpShown: boolean;
  readonly frozen: boolean;
  /** Trials as rows, or configurations. */
  readonly grouped: boolean;
  readonly selected: number;
  readonly sort: SortColumn;
  readonly descending: boolean;
  readonly stateFilter: TrialState | null;
}

export const SORT_COLUMNS = ['trial', 'objective', 'state', 'seconds', 'ended'] as const;
export type SortColumn = (typeof SORT_COLUMNS)[number];

const FILTERS: readonly (TrialState | null)[] = [null, 'running', 'done', 'diverged', 'failed', 'retrying', 'ready'];

export const initialScreen: ScreenState = {
  screen: 'overview',
  helpShown: false,
  frozen: false,
  grouped: false,
  selected: 0,
  sort: 'trial',
  descending: false,
  stateFilter: null,
};

function next<T>(list: readonly T[], current: T): T {
  return list[(list.indexOf(current) + 1) % list.length] as T;
}

function moved(state: ScreenState, rows: number, by: number): ScreenState {
  return { ...state, selected: Math.max(0, Math.min(rows - 1, state.selected + by)) };
}

/** `rows`: rows of the table in all; `page`: rows on the screen. Detaching is the caller's. */
export function act(state: ScreenState, action: Action, rows: number, page: number): ScreenState {
  switch (action) {
    case 'overview':
    case 'trials':
      return { ...state, screen: action, helpShown: false };
    case 'next_screen':
      return { ...state, screen: state.screen === 'overview' ? 'trials' : 'overview', helpShown: false };
    case 'up':
      return moved(state, rows, -1);
    case 'down':
      return moved(state, rows, 1);
    case 'page_up':
      return moved(state, rows, -page);
    case 'page_down':
      return moved(state, rows, page);
    case 'first':
      return moved(state, rows, -rows);
    case 'last':
      return moved(state, rows, rows);
    case 'group':
      return { ...state, grouped: !state.grouped, selected: 0 };
    case 'sort':
      return { ...state, sort: next(SORT_COLUMNS, state.sort), selected: 0 };
    case 'turn_sort':
      return { ...state, descending: !state.descending, selected: 0 };
    case 'state_filter':
      return { ...state, stateFilter: next(FILTERS, state.stateFilter), selected: 0 };
    case 'freeze':
      return { ...state, frozen: !state.frozen };
    case 'help':
      return { ...state, helpShown: !state.helpShown };
    case 'back':
      return state.helpShown ? { ...state, helpShown: false } : { ...state, screen: 'overview' };
    case 'detach':
      return state;
    default:
      return assertNever(action);
  }
}

/** First visible row so that `selected` is on the page, centred where there is room. */
export function firstVisible(selected: number, rows: number, page: number): number {
  return Math.max(0, Math.min(selected - Math.floor(page / 2), rows - page));
}
