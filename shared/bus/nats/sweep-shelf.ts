import { BUCKET } from '../../protocol/index.ts';
import type { SweepShelf } from '../port.ts';
import { KIND } from './kinds.ts';
import { listLatest } from './latest.ts';
import type { Link } from './link.ts';
import { isWrongSequence } from './nats-errors.ts';
import { publishWithin } from './publisher.ts';
import { parseMessage } from './readable.ts';
import { bucketStream, keySubject } from './streams.ts';

const PUT_MS = 15_000;
const EXPECTED_SEQUENCE = 'Nats-Expected-Last-Subject-Sequence';

export function createSweepShelf(link: Link): SweepShelf {
  const stream = bucketStream(BUCKET.sweeps);
  return {
    async put(entry) {
      try {
        const subject = KIND.sweep.subject(entry);
        await publishWithin(link, subject, entry, PUT_MS, (headers) => headers.set(EXPECTED_SEQUENCE, '0'));
        return 'stored';
      } catch (error) {
        if (isWrongSequence(error)) return 'exists';
        throw error;
      }
    },
    async get(sweep) {
      const subject = keySubject(BUCKET.sweeps, sweep);
      const stored = await link.settle(() => link.jsm.direct.getMessage(stream, { last_by_subj: subject }));
      if (stored === null) return null;
      const parsed = parseMessage(KIND.sweep, subject, stored.data);
      return 'value' in parsed ? parsed.value : null;
    },
    async list() {
      const { messages } = await listLatest(link, stream, keySubject(BUCKET.sweeps, '*'));
      return messages.flatMap((message) => {
        const parsed = parseMessage(KIND.sweep, message.subject, message.data);
        return 'value' in parsed ? [parsed.value] : [];
      });
    },
  };
}
