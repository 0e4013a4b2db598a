import type { Msg } from '@nats-io/transport-node';
import { EXIT, SowerError } from '../../kernel/errors.ts';
import type { WorkItem } from '../../protocol/index.ts';
import type { Delivery } from '../port.ts';
import type { Link } from './link.ts';

const CONFIRM_MS = 15_000;
const ANSWER_MS = 3_000;
/** A holder that has not called `working` for this long has let go; its lease is not renewed on reconnecting. */
const LET_GO_MS = 25_000;

/**
 * One delivered item. Acknowledgements are requests to the reply subject of the message, so they can be confirmed and,
 * unlike those of the client library, repeated.
 */
export function createDelivery(link: Link, message: Msg, item: WorkItem): Delivery {
  const replyTo = message.reply as string;
  let finished = false;
  let workedAt = performance.now();

  const working = () => {
    if (finished) return;
    workedAt = performance.now();
    if (link.isUp()) link.nc.publish(replyTo, '+WPI');
  };
  // What was sent while the connection was down is lost, so the timer is reset at once when it is back.
  const interruption = link.onInterruption(() => {
    if (performance.now() - workedAt < LET_GO_MS) working();
  });
  const finish = async (verb: string) => {
    finished = true;
    interruption.stop();
    try {
      await link.settle(() => link.nc.request(replyTo, verb, { timeout: ANSWER_MS }), CONFIRM_MS);
    } catch (error) {
      if (link.isOver()) throw error;
      throw new SowerError('E_ACK_UNCONFIRMED', `the server did not confirm ${verb.split(' ')[0]} of ${item.item}`, {
        where: message.subject,
        exit: EXIT.unreachable,
        cause: error,
      });
    }
  };

  return {
    item,
    working,
    ack: () => finish('+ACK'),
    release: (delayMs = 0) => finish(delayMs > 0 ? `-NAK {"delay": ${Math.round(delayMs * 1e6)}}` : '-NAK'),
  };
}
