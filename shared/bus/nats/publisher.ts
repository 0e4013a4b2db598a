import type { PubAck } from '@nats-io/jetstream';
import { headers, type MsgHdrs } from '@nats-io/transport-node';
import { EXIT, SowerError } from '../../kernel/errors.ts';
import type { Link } from './link.ts';
import { closedBus, isSubjectTaken } from './nats-errors.ts';
import { endOfTurn } from './turn.ts';
import { createWindow } from './window.ts';

/** A stored message, or the news that the stream admits one per subject and has it. */
export type Published = { readonly status: 'stored'; readonly seq: number } | { readonly status: 'taken' };

export interface Publisher {
  /** Stores `body` once per `id`, however often it has to be sent; at most a window of publishes is in flight. */
  publish(subject: string, body: unknown, id: string): Promise<Published>;
  /** Resolves when nothing is in flight or waiting, or at the deadline. */
  flush(deadlineMs: number): Promise<void>;
}

/** Publishes in flight; more do not make a server on loopback faster. */
const WINDOW = 256;
const ACK_TIMEOUT_MS = 5_000;
/** The server recognises an id for two minutes; later we look ourselves before sending again. */
const DEDUPLICATION_MS = 100_000;
const MSG_ID = 'Nats-Msg-Id';

const encoder = new TextEncoder();

export function createPublisher(link: Link, stream: string): Publisher {
  const window = createWindow(WINDOW);

  const storedBefore = async (subject: string, id: string): Promise<number | null> => {
    const last = await link.jsm.streams.getMessage(stream, { last_by_subj: subject }).catch(() => null);
    return last !== null && last.header.get(MSG_ID) === id ? last.seq : null;
  };

  const send = async (subject: string, bytes: Uint8Array, id: string): Promise<Published> => {
    const startedAt = performance.now();
    let attempts = 0;
    try {
      return await link.settle(async (attempt) => {
        attempts = attempt;
        if (performance.now() - startedAt > DEDUPLICATION_MS) {
          const seq = await storedBefore(subject, id);
          if (seq !== null) return { status: 'stored', seq };
        }
        const ack = await link.js.publish(subject, bytes, { msgID: id, timeout: ACK_TIMEOUT_MS });
        return { status: 'stored', seq: ack.seq };
      });
    } catch (error) {
      if (!isSubjectTaken(error)) throw error;
      // A first attempt whose answer was lost may be what took the subject.
      const ours = attempts > 1 ? await storedBefore(subject, id) : null;
      return ours === null ? { status: 'taken' } : { status: 'stored', seq: ours };
    }
  };

  return {
    async publish(subject, body, id) {
      if (link.isOver()) throw closedBus(link.url);
      const bytes = encode(link, subject, body);
      return window.run(async () => {
        await endOfTurn();
        return send(subject, bytes, id);
      });
    },
    flush: (deadlineMs) => window.flush(deadlineMs),
  };
}

/** One confirmed publish with optional headers, repeated until the deadline; not deduplicated. */
export function publishWithin(
  link: Link,
  subject: string,
  body: unknown,
  deadlineMs: number,
  withHeaders?: (headers: MsgHdrs) => void,
): Promise<PubAck> {
  const bytes = body === null ? new Uint8Array() : encode(link, subject, body);
  return link.settle(() => {
    const extra = headers();
    withHeaders?.(extra);
    return link.js.publish(subject, bytes, { headers: extra, timeout: deadlineMs });
  }, deadlineMs);
}

/** JSON bytes; refuses what the server would refuse, before it is sent. */
export function encode(link: Link, subject: string, body: unknown): Uint8Array {
  const bytes = encoder.encode(JSON.stringify(body));
  const limit = link.nc.info?.max_payload ?? Number.POSITIVE_INFINITY;
  // Headers share the limit; ours are an id and an expectation.
  if (bytes.length + 1024 <= limit) return bytes;
  throw new SowerError('E_MESSAGE_TOO_BIG', `${bytes.length} bytes are more than the server takes (${limit})`, {
    where: subject,
    fix: 'shorten what it carries (a sweep travels as written and as read), or raise max_payload of nats-server',
    exit: EXIT.invalidInput,
  });
}
