import { STREAM, subjects } from '../../protocol/index.ts';
import type { EventLog, EventReadOptions } from '../port.ts';
import { KIND } from './kinds.ts';
import type { Link } from './link.ts';
import { readHead, readOrdered } from './ordered-read.ts';
import type { Publisher } from './publisher.ts';

function filterOf({ sweep, kind }: EventReadOptions): { readonly filter?: string } {
  if (kind !== undefined) return { filter: subjects.eventsOfKind(sweep ?? '*', kind) };
  return sweep === undefined ? {} : { filter: subjects.eventsOf(sweep) };
}

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
          ...filterOf(options),
        },
        options,
      ),
    head: () => readHead(link, STREAM.events),
  };
}
