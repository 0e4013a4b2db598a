import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createPauses } from '../../../shared/view/pauses.ts';

const MINUTE = 60_000;

/** Spans in minutes. */
function pausesOf(spans: readonly (readonly [number, number])[]) {
  const pauses = createPauses();
  for (const [from, to] of spans) pauses.ran(from * MINUTE, to * MINUTE);
  return (from: number, to: number, runningSince: number | null = null) =>
    pauses.within(from * MINUTE, to * MINUTE, runningSince === null ? null : runningSince * MINUTE) / MINUTE;
}

describe('pauses', () => {
  const spans = [
    [0, 2],
    [2, 4],
    [10, 12],
    [30, 31],
  ] as const;

  it('are the times in which nothing ran', () => {
    const within = pausesOf(spans);
    expect(within(0, 31)).toBe(24);
    expect(within(3, 11)).toBe(6);
    expect(within(5, 20)).toBe(13);
    expect(within(30, 31)).toBe(0);
  });

  it('are none while one of several slots works, whichever ends last', () => {
    expect(pausesOf([...spans, [1, 32]])(0, 32)).toBe(0);
    expect(pausesOf([[1, 32], ...spans])(0, 32)).toBe(0);
  });

  it('last up to what runs now, and count nothing while nobody runs', () => {
    const within = pausesOf(spans);
    expect(within(0, 100, 91)).toBe(24 + 60);
    expect(within(0, 100, 20)).toBe(24);
    expect(within(0, 100)).toBe(24);
  });

  it('are not the moments between two trials', () => {
    const pauses = createPauses();
    for (let trial = 0; trial < 100; trial++) pauses.ran(trial * 5000, trial * 5000 + 1000);
    expect(pauses.within(0, 500_000, null)).toBe(0);
  });

  it('are the same in whatever order trials are told', () => {
    const span = fc
      .tuple(fc.integer({ min: 0, max: 60 }), fc.integer({ min: 0, max: 5 }))
      .map(([from, length]) => [from, from + length] as const);
    fc.assert(
      fc.property(fc.array(span, { minLength: 1, maxLength: 20 }), fc.integer(), (told, seed) => {
        const order = told.map((_, at) => at).sort((a, b) => ((a * 7919 + seed) % 31) - ((b * 7919 + seed) % 31));
        const idle = (minute: number) => !told.some(([from, to]) => from <= minute && minute + 1 <= to);
        const first = Math.min(...told.map(([from]) => from));
        const last = Math.max(...told.map(([, to]) => to));
        const minutes = Array.from({ length: last - first }, (_, i) => first + i).filter(idle);
        expect(pausesOf(told)(0, 100)).toBe(minutes.length);
        expect(pausesOf(order.map((at) => told[at]!))(0, 100)).toBe(minutes.length);
      }),
    );
  });
});
