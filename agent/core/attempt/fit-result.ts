import { epochOfEntry, type MetricValues, type TrialResult } from '../../../shared/protocol/index.ts';

/**
 * The result with its history thinned until it is at most `maxBytes` of JSON, because the log refuses larger events. First
 * and last epoch stay, the rest is taken evenly, so `epochOfEntry` tells which are left; every epoch's report is in
 * METRICS anyway.
 */
export function fitResult(result: TrialResult, maxBytes: number): TrialResult {
  let history: readonly MetricValues[] = result.history;
  let size = bytesOf({ ...result, history });
  while (size > maxBytes && history.length > 0) {
    const keep = Math.min(history.length - 1, Math.floor((history.length * maxBytes) / size));
    history = evenly(result.history, keep);
    size = bytesOf({ ...result, history: [...history] });
  }
  return history === result.history ? result : { ...result, history: [...history] };
}

function evenly<T>(values: readonly T[], count: number): readonly T[] {
  return Array.from({ length: count }, (_, i) => values[epochOfEntry(i, count, values.length) - 1] as T);
}

/** At most three bytes of UTF-8 for each UTF-16 unit, counted without encoding where the text is short. */
function bytesOf(value: unknown): number {
  const text = JSON.stringify(value);
  let bytes = 0;
  for (let i = 0; i < text.length; i++) bytes += text.charCodeAt(i) < 0x80 ? 1 : 3;
  return bytes;
}
