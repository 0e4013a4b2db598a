import { type KV, Kvm } from '@nats-io/kv';
import { EXIT, SowerError } from '../../kernel/errors.ts';
import { BUCKET } from '../../protocol/index.ts';
import type { LeaderLease } from '../port.ts';
import type { Link } from './link.ts';
import { isWrongSequence } from './nats-errors.ts';
import { bucketStream } from './streams.ts';

const KEY = 'coordinator';
const REQUEST_MS = 4_000;

/**
 * The lease is one key that the server forgets 15 s after its last renewal. Whoever creates it holds it; a renewal must
 * name the revision it replaces, so a holder that slept through its lease cannot overwrite the next one's.
 */
export function createLeaderLease(link: Link): LeaderLease {
  let revision = 0;

  const bucket = (): Promise<KV> => new Kvm(link.js).open(BUCKET.lead, { allow_direct: true });
  const ask = <T>(once: (kv: KV) => Promise<T>): Promise<T> =>
    link.settle(async () => once(await bucket()), REQUEST_MS);
  const current = async (): Promise<{ holder: string; revision: number } | null> => {
    const entry = await ask((kv) => kv.get(KEY));
    return entry === null || entry.operation !== 'PUT' ? null : { holder: entry.string(), revision: entry.revision };
  };
  const fence = async () => {
    const info = await link.settle(() => link.jsm.streams.info(bucketStream(BUCKET.lead)), REQUEST_MS);
    return `${info.created}/${revision}`;
  };
  /** A write whose answer was lost may have happened: then the key names this holder. */
  const adoptOwn = async (holder: string): Promise<boolean> => {
    const held = await current();
    if (held?.holder !== holder) return false;
    revision = held.revision;
    return true;
  };

  return {
    async acquire(holder) {
      try {
        revision = await ask((kv) => kv.create(KEY, holder));
      } catch (error) {
        if (!isWrongSequence(error)) throw error;
        if (!(await adoptOwn(holder))) return null;
      }
      return fence();
    },
    async renew(holder) {
      try {
        revision = await ask((kv) => kv.update(KEY, holder, Math.max(revision, 1)));
      } catch (error) {
        if (!isWrongSequence(error)) throw error;
        if (!(await adoptOwn(holder))) throw leaseLost(holder);
      }
      return fence();
    },
    async release(holder) {
      const held = await current();
      if (held?.holder !== holder) return;
      await ask((kv) => kv.delete(KEY, { previousSeq: held.revision })).catch((error) => {
        if (!isWrongSequence(error)) throw error;
      });
      revision = 0;
    },
    holder: async () => (await current())?.holder ?? null,
  };
}

function leaseLost(holder: string): SowerError {
  return new SowerError('E_LEASE_LOST', `${holder} no longer holds the coordinator's lease`, { exit: EXIT.conflict });
}
