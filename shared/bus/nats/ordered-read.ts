import type { ConsumerMessages, JsMsg } from '@nats-io/jetstream';
import { EXIT, SowerError } from '../../kernel/errors.ts';
import type { LogHead, ReadOptions, Stored } from '../port.ts';
import type { Link } from './link.ts';
import { isStreamMissing } from './nats-errors.ts';
import { type MessageKind, toStored } from './readable.ts';

/** Messages asked for ahead of the reader; bounds what a slow reader holds. */
const AHEAD = 500;
const PULL_EXPIRES_MS = 5_000;
/** A read that has more to come but hears nothing for this long starts over from its cursor. */
const STALL_MS = 5_000;
/** So does one that has read all and waits, in case the server forgot its consumer. */
const IDLE_MS = 60_000;

export interface LogSource<T> {
  readonly stream: string;
  readonly kind: MessageKind<T>;
  /** Subjects wanted; all of the stream where not given. */
  readonly filter?: string;
}

/**
 * Reads a stream in order, each message once, across reconnects and restarts of the server: the place is kept here, and
 * every session (one ephemeral consumer) starts behind it. Sessions end when the connection comes back or nothing is
 * heard. Rejects with E_HISTORY_LOST where the stream stands before the place, or was created anew.
 */
export async function* readOrdered<T>(
  link: Link,
  source: LogSource<T>,
  options: ReadOptions,
): AsyncGenerator<Stored<T>> {
  const { signal, follow = false } = options;
  const place: Place = { cursor: (options.fromSeq ?? 1) - 1, created: null, target: null, caughtUp: false };
  const catchUp = () => {
    if (place.caughtUp) return;
    place.caughtUp = true;
    options.onCaughtUp?.();
  };

  while (!signal?.aborted) {
    const session = await beginSession(link, source, place, options);
    if (session === null) return;
    try {
      if (session.pendingAtStart === 0) catchUp();
      if (place.caughtUp && !follow) return;
      for await (const message of session.messages) {
        if (signal?.aborted) return;
        session.heard();
        const { streamSequence, pending } = message.info;
        if (streamSequence > place.cursor) {
          place.cursor = streamSequence;
          yield toStored(source.kind, streamSequence, message.subject, message.data);
        }
        if (pending === 0 || place.cursor >= (place.target ?? 0)) catchUp();
        if (place.caughtUp && !follow) return;
      }
    } finally {
      session.close();
    }
  }
}

interface Place {
  /** Sequence of the last message that was yielded. */
  cursor: number;
  /** When the stream was created, as first seen. */
  created: string | null;
  /** Last sequence when the read began. */
  target: number | null;
  caughtUp: boolean;
}

/** null where the connection was ended under a follower, which ends it in peace. */
async function beginSession<T>(
  link: Link,
  source: LogSource<T>,
  place: Place,
  options: ReadOptions,
): Promise<Session | null> {
  try {
    const head = await readHead(link, source.stream);
    refuseLostHistory(source.stream, head, place);
    place.created = head.created;
    place.target ??= head.lastSeq;
    return await openSession(link, source, place, options.signal);
  } catch (error) {
    if (link.isOver() && options.follow) return null;
    const vanished = place.created !== null && error instanceof Error && isStreamMissing(error.cause);
    throw vanished ? historyLost(source.stream, 'it is not there any more') : error;
  }
}

/** Where a stream stands. */
export async function readHead(link: Link, stream: string): Promise<LogHead> {
  const info = await link.settle(() => link.jsm.streams.info(stream));
  return { created: info.created, firstSeq: info.state.first_seq, lastSeq: info.state.last_seq };
}

function refuseLostHistory(stream: string, head: LogHead, { cursor, created }: Place): void {
  const recreated = created !== null && created !== head.created;
  if (!recreated && head.lastSeq >= cursor) return;
  const what = recreated ? `it was created anew at ${head.created}` : `it ends at ${head.lastSeq}, ${cursor} was read`;
  throw historyLost(stream, what);
}

function historyLost(stream: string, what: string): SowerError {
  const message = `the server lost messages of stream ${stream}: ${what}`;
  return new SowerError('E_HISTORY_LOST', message, { exit: EXIT.checkFailed });
}

interface Session {
  readonly messages: AsyncIterable<JsMsg>;
  readonly pendingAtStart: number;
  /** Notes that a message came. */
  heard(): void;
  close(): void;
}

async function openSession<T>(
  link: Link,
  source: LogSource<T>,
  place: Place,
  signal: AbortSignal | undefined,
): Promise<Session> {
  const filter = source.filter === undefined ? {} : { filter_subjects: source.filter };
  const consumer = await link.settle(() =>
    link.js.consumers.get(source.stream, { opt_start_seq: place.cursor + 1, ...filter }),
  );
  const messages: ConsumerMessages = await consumer.consume({ max_messages: AHEAD, expires: PULL_EXPIRES_MS });
  const stop = () => messages.stop();
  let heardAt = performance.now();
  const watchdog = setInterval(() => {
    if (performance.now() - heardAt > (place.caughtUp ? IDLE_MS : STALL_MS)) stop();
  }, STALL_MS / 2);
  const interruption = link.onInterruption(stop);
  signal?.addEventListener('abort', stop, { once: true });
  if (signal?.aborted) stop();
  return {
    messages,
    pendingAtStart: (await consumer.info(true)).num_pending,
    heard() {
      heardAt = performance.now();
    },
    close() {
      clearInterval(watchdog);
      interruption.stop();
      signal?.removeEventListener('abort', stop);
      stop();
      if (link.isUp()) consumer.delete().catch(() => undefined);
    },
  };
}
