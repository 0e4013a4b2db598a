import type { Stored } from '../port.ts';

/** What of a zod schema is needed here. */
export interface Schema<T> {
  safeParse(
    value: unknown,
  ):
    | { success: true; data: T }
    | { success: false; error: { issues: readonly { path: PropertyKey[]; message: string }[] } };
}

/** A kind of stored message: its schema, and the one subject its body belongs to. */
export interface MessageKind<T> {
  readonly schema: Schema<T>;
  readonly subject: (value: T) => string;
}

export type Parsed<T> = { readonly value: T } | { readonly problem: string };

const decoder = new TextDecoder('utf-8', { fatal: true });

/** Of objects and lists in each other; a sweep's own are at most half as deep. What reads them calls itself for each. */
const MOST_DEPTH = 128;
const [QUOTE, BACKSLASH] = [0x22, 0x5c];

function isTooDeep(data: Uint8Array): boolean {
  let [depth, quoted] = [0, false];
  for (let at = 0; at < data.length; at++) {
    const byte = data[at]!;
    if (byte === QUOTE) quoted = !quoted;
    else if (quoted) at += byte === BACKSLASH ? 1 : 0;
    // `[` and `{`, `]` and `}` differ by one bit.
    else if ((byte | 0x20) === 0x7b && ++depth > MOST_DEPTH) return true;
    else if ((byte | 0x20) === 0x7d) depth--;
  }
  return false;
}

/** Bytes become a trusted value, or a problem in words: not JSON, wrong shape, or a body that disagrees with its subject. */
export function parseMessage<T>(kind: MessageKind<T>, subject: string, data: Uint8Array): Parsed<T> {
  if (isTooDeep(data)) return { problem: `nested more than ${MOST_DEPTH} deep` };
  let json: unknown;
  try {
    json = JSON.parse(decoder.decode(data));
  } catch {
    return { problem: `not JSON (${data.length} bytes)` };
  }
  const parsed = kind.schema.safeParse(json);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    const path = issue === undefined || issue.path.length === 0 ? 'body' : issue.path.map(String).join('.');
    return { problem: `${path}: ${issue?.message ?? 'wrong shape'}` };
  }
  const expected = kind.subject(parsed.data);
  if (expected !== subject) return { problem: `the body belongs to ${expected}` };
  return { value: parsed.data };
}

export function toStored<T>(kind: MessageKind<T>, seq: number, subject: string, data: Uint8Array): Stored<T> {
  const parsed = parseMessage(kind, subject, data);
  if ('value' in parsed) return { seq, value: parsed.value };
  return { seq, unreadable: { seq, subject, problem: parsed.problem } };
}
