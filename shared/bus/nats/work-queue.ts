import { AckPolicy, type ConsumerConfig, type ConsumerInfo, DeliverPolicy } from '@nats-io/jetstream';
import { nanos, nuid } from '@nats-io/transport-node';
import { EXIT, SowerError } from '../../kernel/errors.ts';
import { consumerOfPool, STREAM, subjects } from '../../protocol/index.ts';
import type { WorkQueue } from '../port.ts';
import { createDelivery } from './delivery.ts';
import { KIND } from './kinds.ts';
import type { Link } from './link.ts';
import { isConsumerMissing } from './nats-errors.ts';
import type { Publisher } from './publisher.ts';
import { pullMessage } from './pull-item.ts';
import { parseMessage } from './readable.ts';
import { deleteStored } from './stored-items.ts';

const ACK_WAIT_MS = 30_000;
/** Agents pull one item per free slot, so these only have to stay out of their way. */
const SMALLEST_IN_FLIGHT = 1_024;
const SMALLEST_WAITING = 2_048;

export function createWorkQueue(link: Link, publisher: Publisher): WorkQueue {
  const poolInfo = async (pool: string): Promise<ConsumerInfo | null> =>
    link.settle(async () => {
      try {
        return await link.jsm.consumers.info(STREAM.trials, consumerOfPool(pool));
      } catch (error) {
        if (isConsumerMissing(error)) return null;
        throw error;
      }
    });

  /** Pools whose consumer was seen; 2.9 leaves a pull of one that does not exist without an answer. */
  const seenPools = new Set<string>();
  const refuseMissingPool = async (pool: string) => {
    if (seenPools.has(pool)) return;
    if ((await poolInfo(pool)) === null) throw poolMissing(link, pool);
    seenPools.add(pool);
  };

  const openPool = async (pool: string, slots: number): Promise<void> => {
    const existing = await poolInfo(pool);
    const inFlight = Math.max(2 * slots, SMALLEST_IN_FLIGHT);
    if (existing === null) {
      await link.settle(() => link.jsm.consumers.add(STREAM.trials, poolConsumer(pool, slots, inFlight)));
    } else if ((existing.config.max_ack_pending ?? 0) < inFlight) {
      const wider = { max_ack_pending: inFlight };
      await link.settle(() => link.jsm.consumers.update(STREAM.trials, consumerOfPool(pool), wider));
    }
  };

  return {
    async enqueue(item) {
      // The id is of this call: the subject alone decides what is queued already.
      const published = await publisher.publish(KIND.item.subject(item), item, nuid.next());
      return published.status === 'stored' ? 'queued' : 'exists';
    },
    async pull(pool, expiresMs, signal) {
      if (signal?.aborted) return null;
      const until = performance.now() + expiresMs;
      await refuseMissingPool(pool);
      for (let leftMs = expiresMs; leftMs > 0; leftMs = until - performance.now()) {
        const message = await pullMessage(link, pool, leftMs, signal);
        if (message === 'unanswered') seenPools.delete(pool);
        if (message === null || message === 'unanswered') return null;
        const parsed = parseMessage(KIND.item, message.subject, message.data);
        if ('value' in parsed) return createDelivery(link, message, parsed.value);
        link.log('error', 'a work item cannot be read and was removed', { subject: message.subject, ...parsed });
        // Without a reason: 2.9 ignores "+TERM why".
        if (message.reply) link.nc.publish(message.reply, '+TERM');
      }
      return null;
    },
    openPool,
    async reopenPool(pool, slots) {
      // A work queue keeps its messages when their consumer goes; a new one has delivered none of them.
      await link.settle(async () => {
        try {
          await link.jsm.consumers.delete(STREAM.trials, consumerOfPool(pool));
        } catch (error) {
          if (!isConsumerMissing(error)) throw error;
        }
      });
      await openPool(pool, slots);
    },
    async depth(pool) {
      const info = await poolInfo(pool);
      return { ready: info?.num_pending ?? 0, held: info?.num_ack_pending ?? 0 };
    },
    async stored(sweep) {
      const filter = { subjects_filter: `trial.*.${sweep}.>` };
      const info = await link.settle(() => link.jsm.streams.info(STREAM.trials, { ...filter }));
      return Object.keys(info.state.subjects ?? {}).map((subject) => {
        const [, , , item = '', gen = ''] = subject.split('.');
        return { item, gen: Number(gen) };
      });
    },
    async remove(pool, sweep, item, gen) {
      const subject = subjects.trial(pool, sweep, item, gen);
      return (await deleteStored(link, subject, Number.POSITIVE_INFINITY)) > 0;
    },
    async removeOrphans(pool) {
      const info = await poolInfo(pool);
      if (info === null) return 0;
      // Everything up to the ack floor was acknowledged; what is stored there came back from the dead.
      return deleteStored(link, subjects.trialsOfPool(pool), info.ack_floor.stream_seq);
    },
    removeSweep: (sweep) => deleteStored(link, `trial.*.${sweep}.>`, Number.POSITIVE_INFINITY),
  };
}

function poolMissing(link: Link, pool: string): SowerError {
  return new SowerError('E_POOL_MISSING', `pool ${pool} is not open on this server`, {
    where: link.url,
    fix: 'start a coordinator on it first: sower coordinator --nats URL',
    exit: EXIT.notFound,
  });
}

function poolConsumer(pool: string, slots: number, inFlight: number): Partial<ConsumerConfig> {
  return {
    durable_name: consumerOfPool(pool),
    filter_subject: subjects.trialsOfPool(pool),
    ack_policy: AckPolicy.Explicit,
    deliver_policy: DeliverPolicy.All,
    ack_wait: nanos(ACK_WAIT_MS),
    max_deliver: -1,
    max_ack_pending: inFlight,
    max_waiting: Math.max(4 * slots, SMALLEST_WAITING),
  };
}
