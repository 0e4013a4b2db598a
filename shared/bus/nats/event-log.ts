import { STREAM, subjects } from '../../protocol/index.ts';
import type { EventLog } from '../port.ts';
import { KIND } from './kinds.ts';
import type { Link } from './link.ts';
import { readHead, readOrdered } from './ordered-read.ts';
import type { Publisher } from './publisher.ts';

export function createEventLog(link: Link, publisher: Publisher): EventLog {
  return {
    async append(event, id) {
      const published = await publisher.publish(KIND.event.subject(event), event, id);
      if (published.status === 'taken') throw new Error('invariant broken: EVENTS admits any number per subject');
      return { seq: published.seq };
    },
    read: (options) =>
      readOrdered(
        link,
        {
          stream: STREAM.events,
          kind: KIND.event,
          ...(options.sweep === undefined ? {} : { filter: subjects.eventsOf(options.sweep) }),
        },
        options,
      ),
    head: () => readHead(link, STREAM.events),
  };
}
