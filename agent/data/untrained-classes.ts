import type { DataSet } from './data-set.ts';

/**
 * Says which classes of the test (or validation) rows no training row shows, null where there are none: such rows cannot
 * be answered right, and a mean accuracy hides why.
 */
export function describeUntrained({ name, classes, train, validation, test }: DataSet): string | null {
  if (classes === null) return null;
  const trained = new Set<number>(train.labels);
  const parts = [...(test === null ? [] : [{ part: 'test', rows: test }])];
  if (validation !== null) parts.push({ part: 'validation', rows: validation });
  const sentences = parts.flatMap(({ part, rows }) => {
    const missing = classes.filter((_, label) => !trained.has(label) && rows.labels.includes(label));
    if (missing.length === 0) return [];
    const asked = rows.labels.filter((label: number) => !trained.has(label)).length;
    return [`${asked} of ${rows.rows} ${part} rows are of classes that no training row shows: ${missing.join(', ')}`];
  });
  return sentences.length === 0 ? null : `warning: ${name}: ${sentences.join('; ')}`;
}
