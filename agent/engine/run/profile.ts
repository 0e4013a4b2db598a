/** Reads the files that a profiled session leaves: what each kind of op took. */
import { readdir, readFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

export interface OpTime {
  readonly op: string;
  readonly calls: number;
  readonly micros: number;
}

interface ProfileEvent {
  readonly cat?: string;
  readonly name?: string;
  /** Microseconds. */
  readonly dur?: number;
  readonly args?: { readonly op_name?: string };
}

/** Of all files whose names begin with `prefix`, the op that took most first. A Loop counts as the ops in its body. */
export async function readProfile(prefix: string): Promise<readonly OpTime[]> {
  const folder = dirname(prefix);
  const names = (await readdir(folder)).filter((name) => name.startsWith(basename(prefix)));
  const times = new Map<string, { calls: number; micros: number }>();
  for (const name of names) {
    const events = JSON.parse(await readFile(join(folder, name), 'utf8')) as readonly ProfileEvent[];
    for (const { cat, name: event = '', dur = 0, args } of events) {
      const op = args?.op_name;
      if (cat !== 'Node' || op === undefined || op === 'Loop' || !event.endsWith('_kernel_time')) continue;
      const time = times.get(op) ?? { calls: 0, micros: 0 };
      times.set(op, { calls: time.calls + 1, micros: time.micros + dur });
    }
  }
  return [...times].map(([op, time]) => ({ op, ...time })).sort((a, b) => b.micros - a.micros);
}
