import { nuid } from '@nats-io/transport-node';
import { EXIT, SowerError } from '../../kernel/errors.ts';
import { STREAM, subjects } from '../../protocol/index.ts';
import type { DoneLedger } from '../port.ts';
import { KIND } from './kinds.ts';
import type { Link } from './link.ts';
import { readOrdered } from './ordered-read.ts';
import type { Publisher } from './publisher.ts';
import { parseMessage } from './readable.ts';

/** The stream admits one message per subject, so at most one record per trial exists, whoever writes it and whenever. */
export function createDoneLedger(link: Link, publisher: Publisher): DoneLedger {
  return {
    async record(record) {
      // The id is of this call: it covers its own resends, and never merges two writers.
      const published = await publisher.publish(KIND.done.subject(record), record, nuid.next());
      return published.status === 'stored' ? 'recorded' : 'exists';
    },
    async get(sweep, trial) {
      const subject = subjects.done(sweep, trial);
      const stored = await link.settle(() => link.jsm.direct.getMessage(STREAM.done, { last_by_subj: subject }));
      if (stored === null) return null;
      const parsed = parseMessage(KIND.done, subject, stored.data);
      if ('value' in parsed) return parsed.value;
      throw new SowerError('E_BAD_RECORD', `the record of trial ${trial} cannot be read: ${parsed.problem}`, {
        where: subject,
        exit: EXIT.checkFailed,
      });
    },
    read: (options) =>
      readOrdered(
        link,
        {
          stream: STREAM.done,
          kind: KIND.done,
          ...(options.sweep === undefined ? {} : { filter: subjects.doneOf(options.sweep) }),
        },
        options,
      ),
    async count(sweep) {
      const filter = { subjects_filter: subjects.doneOf(sweep) };
      const info = await link.settle(() => link.jsm.streams.info(STREAM.done, { ...filter }));
      return Object.keys(info.state.subjects ?? {}).length;
    },
  };
}
