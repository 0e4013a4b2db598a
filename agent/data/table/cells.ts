/** What one cell of a table says. */

/** Compared without case; pandas reads most of them so, too. */
const MISSING = new Set(['', 'na', 'n/a', '#n/a', '<na>', 'nan', 'null', '?']);

const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

export function isMissing(word: string): boolean {
  return word.length <= 4 && MISSING.has(word.toLowerCase());
}

/** Null where the word is no finite decimal number: no hexadecimal, no infinity, no thousands separators. */
export function numberOf(word: string): number | null {
  if (!NUMBER.test(word)) return null;
  const value = Number(word);
  return Number.isFinite(value) ? value : null;
}

/** YAML reads these as something else than text. */
const YAML_WORD = /^(null|true|false)$/i;

/** A column's name as it is written in a sweep file. */
export function nameInYaml(name: string): string {
  if (YAML_WORD.test(name)) return JSON.stringify(name);
  return /^[\p{L}_][\p{L}\p{N}_.-]*( [\p{L}\p{N}_.-]+)*$/u.test(name) ? name : JSON.stringify(name);
}

/** Numbers in their order where all words are numbers, else by code unit: the same on every machine. */
export function sortedWords(words: readonly string[]): readonly string[] {
  const numbers = new Map(words.map((word) => [word, numberOf(word)]));
  const byText = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);
  if ([...numbers.values()].includes(null)) return words.toSorted(byText);
  return words.toSorted((a, b) => numbers.get(a)! - numbers.get(b)! || byText(a, b));
}
