/** Finds out what stands between the cells of a table. */
const CANDIDATES = [',', ';', '\t', '|'] as const;

const LOOKED_AT_LINES = 50;

/**
 * The candidate that cuts most of the first lines into equally many cells; of equals, the one that cuts into more. A comma
 * where there is one column only. Line breaks and delimiters inside quotes count for nothing.
 */
export function findDelimiter(head: string): string {
  const counts = countPerLine(head);
  let [best, bestShare, bestCells] = [',', 0, 0];
  for (const delimiter of CANDIDATES) {
    const cells = counts.map((line) => line[delimiter]! + 1).filter((count) => count > 1);
    if (cells.length === 0) continue;
    const usual = mostFrequent(cells);
    const share = cells.filter((count) => count === usual).length / counts.length;
    if (share > bestShare || (share === bestShare && usual > bestCells)) {
      [best, bestShare, bestCells] = [delimiter, share, usual];
    }
  }
  return best;
}

function countPerLine(head: string): readonly Readonly<Record<string, number>>[] {
  const none = () => Object.fromEntries(CANDIDATES.map((delimiter) => [delimiter, 0]));
  const lines: Record<string, number>[] = [];
  let [here, quoted, empty] = [none(), false, true];
  for (const character of head) {
    if (character === '"') quoted = !quoted;
    if ((character === '\n' || character === '\r') && !quoted) {
      if (!empty) lines.push(here);
      if (lines.length === LOOKED_AT_LINES) return lines;
      [here, empty] = [none(), true];
      continue;
    }
    empty = false;
    if (!quoted && character in here) here[character] = here[character]! + 1;
  }
  // The head may end within its last line, which says nothing unless it is the only one.
  return lines.length === 0 ? [here] : lines;
}

function mostFrequent(values: readonly number[]): number {
  const times = new Map<number, number>();
  for (const value of values) times.set(value, (times.get(value) ?? 0) + 1);
  return [...times].reduce((most, entry) => (entry[1] > most[1] ? entry : most))[0];
}
