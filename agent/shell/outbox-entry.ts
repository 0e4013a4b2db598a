/** What the outbox keeps of one attempt, and how it looks on disk: one JSON document a line. */
import {
  type FailedEvent,
  type ReleasedEvent,
  type ResultEvent,
  type StartedEvent,
  sowerEvent,
} from '../../shared/protocol/index.ts';

export type EndingEvent = ResultEvent | FailedEvent | ReleasedEvent;

export interface OutboxEntry {
  /** The attempt's id; also the id under which the ending is published, so it is stored once. */
  readonly id: string;
  /** Published first where it may be missing: a result of an attempt that nobody saw starting does not count. */
  readonly started: StartedEvent | null;
  readonly ending: EndingEvent;
}

export type OutboxLine =
  | { readonly type: 'entry'; readonly entry: OutboxEntry }
  | { readonly type: 'published'; readonly id: string; readonly seq: number }
  | { readonly type: 'confirmed'; readonly id: string };

export function writeLine(line: OutboxLine): string {
  switch (line.type) {
    case 'entry':
      return `{"started":${JSON.stringify(line.entry.started)},"ending":${JSON.stringify(line.entry.ending)}}\n`;
    case 'published':
      return `{"published":${JSON.stringify(line.id)},"seq":${line.seq}}\n`;
    case 'confirmed':
      return `{"confirmed":${JSON.stringify(line.id)}}\n`;
  }
}

/** Null where the line is torn or not ours. */
export function readLine(text: string): OutboxLine | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  if (typeof value !== 'object' || value === null) return null;
  const { started, ending, published, confirmed, seq } = value as Readonly<Record<string, unknown>>;
  if (typeof published === 'string' && typeof seq === 'number') return { type: 'published', id: published, seq };
  if (typeof confirmed === 'string') return { type: 'confirmed', id: confirmed };
  const first = started === null ? null : sowerEvent.safeParse(started);
  const last = sowerEvent.safeParse(ending);
  if (!last.success || (first !== null && !first.success)) return null;
  const event = last.data;
  if (event.kind !== 'result' && event.kind !== 'failed' && event.kind !== 'released') return null;
  const startedEvent = first === null ? null : first.data;
  if (startedEvent !== null && startedEvent.kind !== 'started') return null;
  return { type: 'entry', entry: { id: event.attempt, started: startedEvent, ending: event } };
}
