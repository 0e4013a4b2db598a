/**
 * The epoch, from 1, that entry `index` of a result's history tells of. A history longer than a message may be is thinned
 * evenly and keeps its first and last epoch, so how many entries are left of how many epochs says which they are.
 */
export function epochOfEntry(index: number, entryCount: number, epochCount: number): number {
  if (entryCount <= 1) return Math.max(1, epochCount);
  return 1 + Math.round((index * (Math.max(entryCount, epochCount) - 1)) / (entryCount - 1));
}
