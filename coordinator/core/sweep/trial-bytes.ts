import { at, emptyIndexMap, type IndexMap, put } from './index-map.ts';

/** One byte per trial, persistent: pages of 512 bytes in an index map; a page nobody wrote is all zeros and not there. */
export type TrialBytes = IndexMap<Uint8Array>;

const PAGE_BITS = 9;
const PAGE_BYTES = 1 << PAGE_BITS;

export function emptyTrialBytes(): TrialBytes {
  return emptyIndexMap();
}

export function byteAt(bytes: TrialBytes, trial: number): number {
  return at(bytes, trial >>> PAGE_BITS)?.[trial & (PAGE_BYTES - 1)] ?? 0;
}

export function withByte(bytes: TrialBytes, trial: number, value: number): TrialBytes {
  const page = at(bytes, trial >>> PAGE_BITS);
  const copy = page === undefined ? new Uint8Array(PAGE_BYTES) : page.slice();
  copy[trial & (PAGE_BYTES - 1)] = value;
  return put(bytes, trial >>> PAGE_BITS, copy);
}
