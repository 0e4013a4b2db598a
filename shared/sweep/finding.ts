/** From the top of the file: keys and list indices. */
export type Path = readonly (string | number)[];

/** One fault of a sweep file, not yet placed in the text. */
export interface Finding {
  readonly code: string;
  /** Where in the data; the place in the text is that of the nearest node there is. */
  readonly path: Path;
  /** Points at the key instead of the value. */
  readonly atKey?: boolean;
  /** What is wrong, to be read after the path: `must be at least 1, got 0`. */
  readonly message: string;
  readonly fix?: string;
}

/** `parameters.lr.values[2]`; empty for the whole file. */
export function pathText(path: Path): string {
  let text = '';
  for (const step of path) {
    if (typeof step === 'number') text += `[${step}]`;
    else text += text === '' ? step : `.${step}`;
  }
  return text;
}

const SHOWN_CHARACTERS = 40;

/** A value as a person would write it, short enough for one line. */
export function show(value: unknown): string {
  const text = typeof value === 'number' ? String(value) : (JSON.stringify(value) ?? String(value));
  return text.length > SHOWN_CHARACTERS ? `${text.slice(0, SHOWN_CHARACTERS - 3)}...` : text;
}

/** `a, b and c` */
export function listed(words: readonly string[], joint = 'and'): string {
  if (words.length < 2) return words.join('');
  return `${words.slice(0, -1).join(', ')} ${joint} ${words[words.length - 1]}`;
}
