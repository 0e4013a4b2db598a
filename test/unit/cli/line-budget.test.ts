import { describe, expect, it } from 'vitest';
import { createLineBudget, LINES_PER_SECOND } from '../../../cli/watch/line-budget.ts';

describe('the line budget', () => {
  it('gives slow trials a line each', () => {
    const budget = createLineBudget();
    for (let second = 0; second < 30; second++) expect(budget.admit(second * 1000, 'done')).toBe(true);
    expect(budget.flush(60_000)).toBeNull();
  });

  it('condenses what is above ten lines a second into one line with counts', () => {
    const budget = createLineBudget();
    const admitted = Array.from({ length: 200 }, (_, i) => budget.admit(i, i % 4 === 0 ? 'diverged' : 'done'));
    expect(admitted.filter(Boolean)).toHaveLength(LINES_PER_SECOND - 1);
    expect(budget.flush(500)).toBeNull();
    expect(budget.flush(1010)).toEqual({ done: 144, diverged: 47 });
    expect(budget.flush(2010)).toBeNull();
  });

  it('starts a new second with a fresh budget', () => {
    const budget = createLineBudget();
    for (let i = 0; i < 50; i++) budget.admit(0, 'done');
    expect(budget.admit(999, 'done')).toBe(false);
    expect(budget.admit(1000, 'done')).toBe(true);
  });

  it('gives up what it holds every second, however long the stream goes on', () => {
    const budget = createLineBudget();
    const flushed: number[] = [];
    for (let now = 0; now < 5000; now += 5) {
      budget.admit(now, 'done');
      const counts = now % 500 === 0 ? budget.flush(now) : null;
      if (counts !== null) flushed.push(counts.done ?? 0);
    }
    expect(flushed).toHaveLength(3);
    expect(Math.max(...flushed)).toBeLessThan(300);
  });

  it('gives up what it holds when forced', () => {
    const budget = createLineBudget();
    for (let i = 0; i < 11; i++) budget.admit(0, 'done');
    expect(budget.flush(1, true)).toEqual({ done: 2 });
  });
});
