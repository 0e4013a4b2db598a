import { z } from 'zod';
import type { Pair } from '../train.ts';

export const positiveInteger = (limit: number) => z.int().min(1).max(limit);

const MOST_PIXELS = 65_536;

const pairOf = (least: number) => {
  const entry = z.int().min(least).max(MOST_PIXELS);
  return [entry, z.array(entry).length(2)] as const;
};

/** Height and width, or one number for both. */
export const sizePair = z.union(pairOf(1));
export const paddingPair = z.union(pairOf(0));
export const convPadding = z.union([...pairOf(0), z.enum(['same', 'valid'])]);

export function asPair(written: z.output<typeof sizePair>): Pair {
  return typeof written === 'number' ? [written, written] : [written[0] as number, written[1] as number];
}

/** The mapping without keys that were not written, for options whose absence means the default. */
export function present<T extends Record<string, unknown>>(options: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}
