import type { Msg } from '@nats-io/transport-node';
import { consumerOfPool, STREAM } from '../../protocol/index.ts';
import type { Link } from './link.ts';
import { closedBus, failureKind, isNoResponders } from './nats-errors.ts';

/** How much longer than the server we wait, for its "nothing came" to arrive. */
const GRACE_MS = 1_500;
/** The server refuses shorter pulls. */
const SHORTEST_MS = 1_000;
const SETTLE_MS = 100;

const NOTHING = { none: 404, expired: 408, conflict: 409 } as const;

/**
 * Asks the pool's consumer for one message, until `expiresMs` have passed or `signal` aborts. A message that comes after
 * that is put back at once, so nobody waits out the redelivery timer for it. `unanswered`: not even "nothing came" came,
 * as from a server that hangs and for a consumer that does not exist.
 */
export async function pullMessage(
  link: Link,
  pool: string,
  expiresMs: number,
  signal: AbortSignal | undefined,
): Promise<Msg | null | 'unanswered'> {
  const until = performance.now() + Math.max(expiresMs, SHORTEST_MS);
  let ready = true;
  while (!signal?.aborted) {
    const leftMs = until - performance.now();
    if (leftMs <= 0 || !(await untilAborted(link.whenUp(leftMs), signal))) return ready ? null : 'unanswered';
    const asked = askOnce(link, pool, Math.max(until - performance.now(), SHORTEST_MS));
    const given = giveUp(link, signal);
    const message = await Promise.race([asked, given.promise]);
    given.stop();
    if (typeof message === 'object' || message === 'unanswered') return message;
    void asked.then((late) => late !== null && typeof late === 'object' && putBack(link, late)).catch(() => undefined);
    if (link.isOver()) throw closedBus(link.url);
    ready = message !== 'again';
    if (!ready) await new Promise((wake) => setTimeout(wake, SETTLE_MS));
  }
  return null;
}

function putBack(link: Link, message: Msg): void {
  if (link.isUp() && message.reply) link.nc.publish(message.reply, '-NAK');
}

/** A message, null where none came in time, `again` where the server was not ready, `unanswered` where it was silent. */
async function askOnce(link: Link, pool: string, expiresMs: number): Promise<Msg | null | 'again' | 'unanswered'> {
  const subject = `$JS.API.CONSUMER.MSG.NEXT.${STREAM.trials}.${consumerOfPool(pool)}`;
  const body = JSON.stringify({ batch: 1, expires: Math.round(expiresMs * 1e6) });
  try {
    // Not through the shared inbox: that one finds requests by subject, and a delivered message keeps its stream's.
    const message = await link.nc.request(subject, body, { timeout: expiresMs + GRACE_MS, noMux: true });
    const code = message.headers?.code ?? 0;
    if (code === NOTHING.none || code === NOTHING.expired) return null;
    if (code === NOTHING.conflict) return 'again';
    return message;
  } catch (error) {
    if (isNoResponders(error)) return 'again';
    if (failureKind(error) === 'unknown') return 'unanswered';
    throw error;
  }
}

/** Tells when waiting for this request makes no sense any more: abort, or a connection that came back or ended. */
function giveUp(link: Link, signal: AbortSignal | undefined): { promise: Promise<'interrupted'>; stop(): void } {
  let interrupt: () => void = () => undefined;
  const promise = new Promise<'interrupted'>((resolve) => {
    interrupt = () => resolve('interrupted');
  });
  const interruption = link.onInterruption(interrupt);
  signal?.addEventListener('abort', interrupt, { once: true });
  return {
    promise,
    stop() {
      interruption.stop();
      signal?.removeEventListener('abort', interrupt);
    },
  };
}

function untilAborted(wait: Promise<boolean>, signal: AbortSignal | undefined): Promise<boolean> {
  if (signal === undefined) return wait;
  return new Promise((resolve, reject) => {
    const stop = () => resolve(false);
    signal.addEventListener('abort', stop, { once: true });
    wait.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop));
  });
}
