/** How much to hand out at once, and in what portions. Pure arithmetic over the state. */
import { entries } from './index-map.ts';
import type { SweepState } from './state.ts';
import { STATUS } from './status.ts';
import { byteAt } from './trial-bytes.ts';

/** Work items outstanding per slot: one runs, the others hide the way to the queue and back. */
export const ITEMS_PER_SLOT = 4;
export const ITEMS_MIN = 8;
export const LANES_MAX = 256;
/** Work of one item. */
const ITEM_SECONDS = 1;

/** Items that may be outstanding for a pool of `slots`. */
export function windowItems(slots: number): number {
  return Math.max(ITEMS_MIN, ITEMS_PER_SLOT * slots);
}

/**
 * Trials of the next item: about a second of work as measured, one until something was measured, and towards the end of
 * the sweep never so many that other slots would stand idle.
 */
export function itemLanes(trialSeconds: number | null, freshTrials: number, slots: number): number {
  if (trialSeconds === null) return 1;
  const bySeconds = Math.floor(ITEM_SECONDS / Math.max(trialSeconds, ITEM_SECONDS / LANES_MAX));
  const fairShare = Math.ceil(freshTrials / (2 * Math.max(1, slots)));
  return Math.max(1, Math.min(bySeconds, fairShare, LANES_MAX));
}

/** Portions of trials for up to `room` new items: trials given back first, each alone, then fresh ones. */
export function nextPortions(
  state: SweepState,
  room: number,
  slots: number,
  at: number,
): readonly (readonly number[])[] {
  const portions: (readonly number[])[] = [];
  for (const [trial, { seenAt, delayMs }] of entries(state.returned)) {
    if (portions.length >= room) return portions;
    if (at - seenAt >= delayMs) portions.push([trial]);
  }
  let fresh = state.nextFresh;
  let left = state.facts.planned - fresh;
  while (portions.length < room && left > 0) {
    const lanes = itemLanes(state.totals.trialSeconds, left, slots);
    const trials: number[] = [];
    for (; trials.length < lanes && fresh < state.facts.planned; fresh++) {
      if (byteAt(state.status, fresh) === STATUS.fresh) trials.push(fresh);
    }
    left = state.facts.planned - fresh;
    if (trials.length > 0) portions.push(trials);
  }
  return portions;
}

/** Milliseconds until the next trial that was given back may be tried; null where none waits. */
export function nextRetryMs(state: SweepState, at: number): number | null {
  let soonest: number | null = null;
  for (const [, { seenAt, delayMs }] of entries(state.returned)) {
    soonest = Math.min(soonest ?? Number.POSITIVE_INFINITY, Math.max(0, delayMs - (at - seenAt)));
  }
  return soonest;
}
