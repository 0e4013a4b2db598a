import type { DataSet } from './data-set.ts';

/** More names than anybody reads. */
const MOST_NAMES = 10;

const known = new WeakMap<DataSet, readonly string[]>();

/**
 * Says which classes of the test (or validation) rows no training row shows: such rows cannot be answered right, and a
 * mean accuracy hides why. Many trials share a data set, so each is looked through once.
 */
export function describeUntrained(data: DataSet): readonly string[] {
  const notes = known.get(data) ?? untrainedNotes(data);
  known.set(data, notes);
  return notes;
}

function untrainedNotes({ classes, train, validation, test }: DataSet): readonly string[] {
  if (classes === null) return [];
  const trained = new Set<number>(train.labels);
  const parts = [...(test === null ? [] : [{ part: 'test', rows: test }])];
  if (validation !== null) parts.push({ part: 'validation', rows: validation });
  return parts.flatMap(({ part, rows }) => {
    const missing = classes.filter((_, label) => !trained.has(label) && rows.labels.includes(label));
    if (missing.length === 0) return [];
    const asked = rows.labels.filter((label: number) => !trained.has(label)).length;
    return [`${asked} of ${rows.rows} ${part} rows are of classes that no training row shows: ${namesOf(missing)}`];
  });
}

function namesOf(names: readonly string[]): string {
  const more = names.length - MOST_NAMES;
  return names.slice(0, MOST_NAMES).join(', ') + (more > 0 ? ` and ${more} more` : '');
}
