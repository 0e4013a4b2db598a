import { AckPolicy, DeliverPolicy, type JsMsg } from '@nats-io/jetstream';
import { nanos } from '@nats-io/transport-node';
import type { Link } from './link.ts';

export interface Latest {
  readonly messages: readonly JsMsg[];
  /** The server's clock when the list was begun, ms since the epoch. */
  readonly serverNow: number;
}

const LIST_MS = 5_000;
const CONSUMER_LIFE_MS = 10_000;

/**
 * The last message of every subject of a key-value bucket, deletions left out. The birth of the consumer that reads them
 * is stamped by the server, which tells its time on every version.
 */
export function listLatest(link: Link, stream: string, filter: string): Promise<Latest> {
  return link.settle(async () => {
    const info = await link.jsm.consumers.add(stream, {
      ack_policy: AckPolicy.None,
      deliver_policy: DeliverPolicy.LastPerSubject,
      filter_subject: filter,
      mem_storage: true,
      inactive_threshold: nanos(CONSUMER_LIFE_MS),
    });
    const consumer = link.js.consumers.getConsumerFromInfo(info);
    const messages: JsMsg[] = [];
    if (info.num_pending > 0) {
      for await (const message of await consumer.fetch({ max_messages: info.num_pending, expires: LIST_MS })) {
        if (!message.headers?.get('KV-Operation')) messages.push(message);
        if (message.info.pending === 0) break;
      }
    }
    consumer.delete().catch(() => undefined);
    return { messages, serverNow: Date.parse(info.created) };
  });
}
