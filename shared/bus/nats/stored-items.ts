import type { StoredMsg } from '@nats-io/jetstream';
import { STREAM } from '../../protocol/index.ts';
import type { Link } from './link.ts';
import { isMessageMissing } from './nats-errors.ts';

/** Deletions in flight. */
const WINDOW = 64;

/** Deletes the stored work items of a filter with sequences up to `lastSeq`; returns how many there were. */
export async function deleteStored(link: Link, filter: string, lastSeq: number): Promise<number> {
  let deleted = 0;
  const inFlight = new Set<Promise<void>>();
  for (let seq = 1; ; ) {
    const message = await nextStored(link, filter, seq);
    if (message === null || message.seq > lastSeq) break;
    seq = message.seq + 1;
    const deletion = deleteOne(link, message.seq).then((done) => {
      inFlight.delete(deletion);
      if (done) deleted++;
    });
    inFlight.add(deletion);
    if (inFlight.size >= WINDOW) await Promise.race(inFlight);
  }
  await Promise.all(inFlight);
  return deleted;
}

function nextStored(link: Link, filter: string, fromSeq: number): Promise<StoredMsg | null> {
  // The client library types this field for direct gets only; TRIALS is read through the stream's own API.
  const query = { seq: fromSeq, next_by_subj: filter };
  return link.settle(() => link.jsm.streams.getMessage(STREAM.trials, query));
}

/** False where an acknowledgement removed it first. */
function deleteOne(link: Link, seq: number): Promise<boolean> {
  return link.settle(async () => {
    try {
      return await link.jsm.streams.deleteMessage(STREAM.trials, seq, false);
    } catch (error) {
      if (isMessageMissing(error)) return false;
      throw error;
    }
  });
}
