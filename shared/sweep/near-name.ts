/**
 * Edit distance with transpositions of neighbours (optimal string alignment: Damerau 1964, Levenshtein 1966), so that
 * `wieght` is one slip away from `weight`.
 */
export function editDistance(a: string, b: string): number {
  let older: number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const current = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = a[i - 1] === b[j - 1] ? 0 : 1;
      let least = Math.min(at(previous, j) + 1, at(current, j - 1) + 1, at(previous, j - 1) + change);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        least = Math.min(least, at(older, j - 2) + 1);
      current.push(least);
    }
    older = previous;
    previous = current;
  }
  return at(previous, b.length);
}

function at(row: readonly number[], index: number): number {
  return row[index] as number;
}

/** The known name a person most likely meant, or null where none is near. Case, `-` and `_` count for nothing. */
export function nearName(name: string, known: readonly string[]): string | null {
  if (name.length > 80) return null;
  const plain = (text: string) => text.toLowerCase().replaceAll(/[-_]/g, '');
  const wanted = plain(name);
  const longer = known.filter((candidate) => wanted.length >= 3 && plain(candidate).startsWith(wanted));
  if (longer.length === 1) return longer[0] as string;
  let best: string | null = null;
  let bestDistance = Math.max(1, Math.floor(wanted.length / 3)) + 1;
  for (const candidate of known) {
    const distance = editDistance(wanted, plain(candidate));
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

/** `did you mean "lr"?`, or the whole list where nothing is near. */
export function hintAmong(name: string, known: readonly string[], what = 'known'): string {
  const near = nearName(name, known);
  if (near !== null) return didYouMean(near);
  return known.length === 0 ? 'there is none' : `${what}: ${known.join(', ')}`;
}

export function didYouMean(name: string): string {
  return `did you mean "${name}"?`;
}
