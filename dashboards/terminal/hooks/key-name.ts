import type { Key } from 'ink';

const NAMED = ['upArrow', 'downArrow', 'pageUp', 'pageDown', 'escape', 'tab', 'home', 'end'] as const;

/** A key as the key table names it. */
export function keyName(input: string, key: Key): string {
  return NAMED.find((name) => key[name]) ?? input;
}
