import { AckPolicy, type ConsumerConfig, type ConsumerInfo, DeliverPolicy } from '@nats-io/jetstream';
import { nanos } from '@nats-io/transport-node';
import { EXIT, SowerError } from '../../kernel/errors.ts';
import { consumerOfPool, STREAM, subjects } from '../../protocol/index.ts';
import type { Link } from './link.ts';
import { isConsumerMissing } from './nats-errors.ts';

/** The durable consumers of TRIALS: one per pool, shared by all agents of the pool. */
export interface Pools {
  /** null where the pool is not open. */
  info(pool: string): Promise<ConsumerInfo | null>;
  open(pool: string, slots: number): Promise<void>;
  reopen(pool: string, slots: number): Promise<void>;
  /** E_POOL_MISSING where the pool is not open; asks the server once, until in doubt. */
  refuseMissing(pool: string): Promise<void>;
  doubt(pool: string): void;
}

const ACK_WAIT_MS = 30_000;
/** Agents pull one item per free slot, so these only have to stay out of their way. */
const SMALLEST_IN_FLIGHT = 1_024;
const SMALLEST_WAITING = 2_048;

export function createPools(link: Link): Pools {
  /** Pools whose consumer was seen; 2.9 leaves a pull of one that does not exist without an answer. */
  const seen = new Set<string>();
  const { consumers } = link.jsm;

  const info = (pool: string) => link.settle(() => unlessMissing(consumers.info(STREAM.trials, consumerOfPool(pool))));
  const open = async (pool: string, slots: number): Promise<void> => {
    const existing = await info(pool);
    const inFlight = Math.max(2 * slots, SMALLEST_IN_FLIGHT);
    if (existing === null) {
      await link.settle(() => consumers.add(STREAM.trials, poolConsumer(pool, slots, inFlight)));
    } else if ((existing.config.max_ack_pending ?? 0) < inFlight) {
      const wider = { max_ack_pending: inFlight };
      await link.settle(() => consumers.update(STREAM.trials, consumerOfPool(pool), wider));
    }
  };

  return {
    info,
    open,
    async reopen(pool, slots) {
      // A work queue keeps its messages when their consumer goes; a new one has delivered none of them.
      await link.settle(() => unlessMissing(consumers.delete(STREAM.trials, consumerOfPool(pool))));
      await open(pool, slots);
    },
    async refuseMissing(pool) {
      if (seen.has(pool)) return;
      if ((await info(pool)) === null) throw poolMissing(link, pool);
      seen.add(pool);
    },
    doubt: (pool) => void seen.delete(pool),
  };
}

async function unlessMissing<T>(request: Promise<T>): Promise<T | null> {
  try {
    return await request;
  } catch (error) {
    if (isConsumerMissing(error)) return null;
    throw error;
  }
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
