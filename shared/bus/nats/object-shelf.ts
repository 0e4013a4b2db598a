import { createHash } from 'node:crypto';
import { Objm } from '@nats-io/obj';
import { errors } from '@nats-io/transport-node';
import { EXIT, SowerError } from '../../kernel/errors.ts';
import type { ObjectShelf } from '../port.ts';
import type { Link } from './link.ts';

const CHUNK_BYTES = 128 * 1024;
const TRANSFER_MS = 120_000;
/** A transfer without an answer for this long is started again. */
const ATTEMPT_MS = 30_000;

/** Objects by content hash. The digest the server keeps is not trusted; every read is hashed again. */
export function createObjectShelf(link: Link, bucket: string): ObjectShelf {
  const open = () => new Objm(link.js).open(bucket);
  return {
    async put(name, bytes) {
      refuseWrongDigest(bucket, name, bytes);
      await link.settle(async () => {
        const store = await open();
        const existing = await store.info(name);
        if (existing !== null && !existing.deleted) return;
        const meta = { name, options: { max_chunk_size: CHUNK_BYTES } };
        await store.putBlob(meta, bytes, { timeout: ATTEMPT_MS });
      }, TRANSFER_MS);
    },
    async get(name) {
      const read = async () => (await open()).getBlob(name);
      const bytes = await link.settle(() => within(read(), ATTEMPT_MS), TRANSFER_MS);
      if (bytes !== null) refuseWrongDigest(bucket, name, bytes);
      return bytes;
    },
  };
}

function refuseWrongDigest(bucket: string, name: string, bytes: Uint8Array): void {
  const actual = createHash('sha256').update(bytes).digest('hex');
  if (actual === name) return;
  throw new SowerError('E_OBJECT_DIGEST', `the content's SHA-256 is ${actual.slice(0, 12)}…, not its name`, {
    where: `${bucket}/${name}`,
    exit: EXIT.checkFailed,
  });
}

/** The client library waits for ever for the chunks of an object that a restarted server no longer sends. */
function within<T>(work: Promise<T>, deadlineMs: number): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new errors.TimeoutError()), deadlineMs);
    work.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
