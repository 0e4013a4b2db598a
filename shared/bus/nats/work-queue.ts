import { nuid } from '@nats-io/transport-node';
import { STREAM, subjects } from '../../protocol/index.ts';
import type { WorkQueue } from '../port.ts';
import { createDelivery } from './delivery.ts';
import { KIND } from './kinds.ts';
import type { Link } from './link.ts';
import { createPools } from './pools.ts';
import type { Publisher } from './publisher.ts';
import { pullMessage } from './pull-item.ts';
import { parseMessage } from './readable.ts';
import { deleteStored } from './stored-items.ts';

export function createWorkQueue(link: Link, publisher: Publisher): WorkQueue {
  const pools = createPools(link);

  return {
    async enqueue(item) {
      // The id is of this call: the subject alone decides what is queued already.
      const published = await publisher.publish(KIND.item.subject(item), item, nuid.next());
      return published.status === 'stored' ? 'queued' : 'exists';
    },
    async pull(pool, expiresMs, signal) {
      if (signal?.aborted) return null;
      const until = performance.now() + expiresMs;
      await pools.refuseMissing(pool);
      for (let leftMs = expiresMs; leftMs > 0; leftMs = until - performance.now()) {
        const message = await pullMessage(link, pool, leftMs, signal);
        if (message === 'unanswered') pools.doubt(pool);
        if (message === null || message === 'unanswered') return null;
        const parsed = parseMessage(KIND.item, message.subject, message.data);
        if ('value' in parsed) return createDelivery(link, message, parsed.value);
        link.log('error', 'a work item cannot be read and was removed', { subject: message.subject, ...parsed });
        // Without a reason: 2.9 ignores "+TERM why".
        if (message.reply) link.nc.publish(message.reply, '+TERM');
      }
      return null;
    },
    openPool: (pool, slots) => pools.open(pool, slots),
    reopenPool: (pool, slots) => pools.reopen(pool, slots),
    async depth(pool) {
      const info = await pools.info(pool);
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
      const info = await pools.info(pool);
      if (info === null) return 0;
      // Everything up to the ack floor was acknowledged; what is stored there came back from the dead.
      return deleteStored(link, subjects.trialsOfPool(pool), info.ack_floor.stream_seq);
    },
    removeSweep: (sweep) => deleteStored(link, `trial.*.${sweep}.>`, Number.POSITIVE_INFINITY),
  };
}
