import { describe, expect, it } from 'vitest';
import { type SweepEvent, sweepActor } from '../../../coordinator/core/sweep/index.ts';
import { adopted, attemptOf, FACTS, LogWriter } from '../../support/sweep-events.ts';

const PLANNED = 1_000_000;
const LANES = 256;

/** One trial in eight is started and ended event by event, the others come with their records, which folds faster. */
const TOLD_IN_FULL = 8;

/** Plans and ends every trial of a sweep in windows, as its coordinator would. */
function runThrough(): { bytes: number; openAtMost: number; recorded: number } {
  const actor = sweepActor({ ...FACTS, planned: PLANNED });
  const log = new LogWriter();
  let state = actor.initialState;
  let openAtMost = 0;
  const fold = (event: SweepEvent) => {
    state = actor.evolve(state, event);
  };
  fold(log.submitted());
  for (let item = 0, first = 0; first < PLANNED; item++, first += LANES) {
    const trials = Array.from({ length: Math.min(LANES, PLANNED - first) }, (_, i) => first + i);
    fold(log.planned(item, 1, ...trials));
    for (const trial of trials) {
      if (trial % TOLD_IN_FULL > 0) {
        fold(adopted(trial, 'completed'));
        continue;
      }
      const attempt = attemptOf('a1', trial);
      fold(log.started(trial, 'a1', attempt, item));
      fold(log.result(trial, 'a1', attempt));
      fold({ type: 'recorded', trial });
    }
    openAtMost = Math.max(openAtMost, state.trials.size + state.items.size + state.unrecorded.size);
  }
  return { bytes: retainedBytes(state), openAtMost, recorded: state.totals.recorded };
}

/** Counts what a value holds: typed arrays by length, other objects by eight bytes a slot and a header. */
function retainedBytes(root: unknown): number {
  const seen = new Set<unknown>();
  const waiting = [root];
  let bytes = 0;
  while (waiting.length > 0) {
    const value = waiting.pop();
    if (typeof value !== 'object' || value === null || seen.has(value)) continue;
    seen.add(value);
    if (value instanceof Uint8Array) {
      bytes += value.byteLength + 100;
      continue;
    }
    const held = Object.values(value);
    bytes += 24 + 8 * held.length;
    waiting.push(...held);
  }
  return bytes;
}

describe('a sweep of a million trials', () => {
  it('costs a few megabytes when all are done, and holds only the window while it runs', () => {
    const { bytes, openAtMost, recorded } = runThrough();
    expect(recorded).toBe(PLANNED);
    expect(openAtMost).toBeLessThanOrEqual(2 * LANES + 1);
    expect(bytes).toBeLessThan(4 * 2 ** 20);
  });
});
