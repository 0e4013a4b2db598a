import type { Bus } from '../../../shared/bus/port.ts';

/** What the suite needs of an implementation: buses on one server, and a hand on the server. */
export interface BusHarness {
  /** A bus on a provisioned server. */
  open(name: string): Promise<Bus>;
  /** Closes every bus that was opened and is not closed yet. */
  closeAll(): Promise<void>;
  restart(how: 'kill' | 'stop'): Promise<void>;
  down(how: 'kill' | 'stop'): Promise<void>;
  /** `empty`: without anything it had stored. */
  up(options?: { readonly empty: boolean }): Promise<void>;
  /** Stores bytes as they are, as a stranger would. */
  inject(subject: string, body: string): Promise<void>;
}

/** Names nobody used before, so that tests share a server without meeting. */
export function freshNames(): (prefix: string) => string {
  let count = 0;
  return (prefix) => `${prefix}${++count}`;
}

/** The first `count` entries of a read that follows. */
export async function take<T>(entries: AsyncIterable<T>, count: number): Promise<T[]> {
  const taken: T[] = [];
  for await (const entry of entries) {
    taken.push(entry);
    if (taken.length === count) break;
  }
  return taken;
}

export async function all<T>(entries: AsyncIterable<T>): Promise<T[]> {
  const taken: T[] = [];
  for await (const entry of entries) taken.push(entry);
  return taken;
}
