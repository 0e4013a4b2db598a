/** Weights and slots `[units, features]` with their live columns alone, and back. */
import type { LiveColumns } from './live-columns.ts';
import { floatsOf, makeTensor, type Tensor } from './session.ts';

export function takeColumns(whole: Tensor, { width, live }: LiveColumns): Tensor {
  const from = floatsOf(whole);
  const units = from.length / width;
  const to = new Float32Array(units * live.length);
  let at = 0;
  for (let start = 0; start < from.length; start += width) {
    for (let i = 0; i < live.length; i++) to[at++] = from[start + live[i]!]!;
  }
  return makeTensor('float32', to, [units, live.length]);
}

/** A copy of `whole` with the live columns of `narrow`. */
export function putColumns(whole: Tensor, narrow: Tensor, { width, live }: LiveColumns): Tensor {
  const from = floatsOf(narrow);
  const to = floatsOf(whole).slice();
  let at = 0;
  for (let start = 0; start < to.length; start += width) {
    for (let i = 0; i < live.length; i++) to[start + live[i]!] = from[at++]!;
  }
  return makeTensor('float32', to, whole.dims);
}

export function everyDead(whole: Tensor, { width, dead }: LiveColumns, holds: (value: number) => boolean): boolean {
  const values = floatsOf(whole);
  for (let start = 0; start < values.length; start += width) {
    for (let i = 0; i < dead.length; i++) if (!holds(values[start + dead[i]!]!)) return false;
  }
  return true;
}
