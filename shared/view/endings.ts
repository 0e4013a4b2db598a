import { betterFirst } from '../stats/index.ts';
import type { Goal } from '../sweep/spec.ts';
import type { EndedFacts } from './trial-fold.ts';
import type { BestStep } from './types.ts';

/** Ended trials in the order of their time, and how the best single value went down or up with them. */
export interface Endings {
  add(record: EndedFacts, index: number, objective: number | null): void;
  readonly count: number;
  /** Latest first. */
  latest(most: number): readonly EndedFacts[];
  /** Time of the ending `back` places before the last one. */
  timeBefore(back: number): number | null;
  bestSteps(): readonly BestStep[];
}

interface Entry {
  readonly record: EndedFacts;
  readonly index: number;
  readonly objective: number | null;
}

/** Nearly all records come in order, so adding is cheap; one out of order is moved to its place. */
export function createEndings(goal: Goal): Endings {
  const entries: Entry[] = [];
  let steps: BestStep[] = [];
  let stepsUpTo = 0;

  const extendSteps = () => {
    for (; stepsUpTo < entries.length; stepsUpTo++) {
      const { record, objective } = entries[stepsUpTo] as Entry;
      if (record.outcome !== 'completed' || objective === null) continue;
      const last = steps[steps.length - 1];
      if (last !== undefined && betterFirst(goal, objective, last.value) >= 0) continue;
      steps.push({ ended: stepsUpTo + 1, value: objective, trial: record.trial, at: record.at });
    }
  };

  return {
    add(record, index, objective) {
      const entry = { record, index, objective };
      let place = entries.length;
      while (place > 0 && isBefore(entry, entries[place - 1] as Entry)) place--;
      entries.splice(place, 0, entry);
      if (place < stepsUpTo) {
        steps = steps.filter(({ ended }) => ended <= place);
        stepsUpTo = place;
      }
    },
    get count() {
      return entries.length;
    },
    latest: (most) =>
      entries
        .slice(-most)
        .reverse()
        .map(({ record }) => record),
    timeBefore: (back) => entries[entries.length - 1 - back]?.record.at ?? null,
    bestSteps() {
      extendSteps();
      return steps.slice();
    },
  };
}

function isBefore(a: Entry, b: Entry): boolean {
  return a.record.at < b.record.at || (a.record.at === b.record.at && a.index < b.index);
}
