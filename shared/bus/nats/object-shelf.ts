import { createHash } from 'node:crypto';
import { type ObjectInfo, Objm } from '@nats-io/obj';
import { EXIT, SowerError } from '../../kernel/errors.ts';
import type { ObjectShelf, ShelvedObject } from '../port.ts';
import { listLatest } from './latest.ts';
import type { Link } from './link.ts';
import { isWrongSequence } from './nats-errors.ts';
import { objectStream } from './streams.ts';

const CHUNK_BYTES = 128 * 1024;
const TRANSFER_MS = 120_000;
/** A gigabyte over a slow line. */
const LONG_TRANSFER_MS = 3_600_000;
/** A transfer without an answer for this long is started again. */
const ATTEMPT_MS = 30_000;

/** One bucket of the server. */
interface Bucket {
  readonly link: Link;
  readonly name: string;
  readonly stream: string;
  open(): ReturnType<Objm['open']>;
}

/** Objects by content hash. The digest the server keeps is not trusted; every read is hashed again. */
export function createObjectShelf(link: Link, name: string): ObjectShelf {
  const bucket: Bucket = { link, name, stream: objectStream(name), open: () => new Objm(link.js).open(name) };
  return {
    async put(object, bytes) {
      refuseWrongDigest(name, object, createHash('sha256').update(bytes).digest('hex'));
      const once = () => putOnce(bucket, { name: object, title: '', kind: 'file' }, () => onePiece(bytes));
      await link.settle(once, TRANSFER_MS);
    },
    async get(object) {
      const found = await infoOf(bucket, object);
      if (found === null) return null;
      const all: Uint8Array[] = [];
      for await (const piece of piecesOf(bucket, found)) all.push(piece);
      const bytes = Buffer.concat(all);
      refuseWrongDigest(name, object, createHash('sha256').update(bytes).digest('hex'));
      return bytes;
    },
    putPieces: (object, pieces) => link.settle(() => putOnce(bucket, object, pieces), LONG_TRANSFER_MS),
    async find(object) {
      const found = await infoOf(bucket, object);
      return found === null ? null : shelvedOf(found);
    },
    async *pieces(object) {
      const found = await infoOf(bucket, object);
      if (found === null) throw damaged(name, object, 'there is no such object');
      yield* piecesOf(bucket, found);
    },
    list: () => listObjects(bucket),
    async remove(object) {
      await link.settle(async () => (await bucket.open()).delete(object), TRANSFER_MS);
    },
  };
}

/** Null where it is not there; the client library cannot tell a removed object from one that is. */
async function infoOf({ link, open }: Bucket, object: string): Promise<ObjectInfo | null> {
  const found = await link.settle(async () => (await open()).info(object), TRANSFER_MS);
  return found === null || found.deleted ? null : found;
}

/** By direct gets, one asked for ahead: a restarted server goes on where it was, and nothing piles up in memory. */
async function* piecesOf(
  { link, name: bucket, stream }: Bucket,
  { name, nuid, chunks }: ObjectInfo,
): AsyncGenerator<Uint8Array> {
  const subject = `$O.${bucket}.C.${nuid}`;
  const chunkAfter = (seq: number) =>
    link.settle(() => link.jsm.direct.getMessage(stream, { seq: seq + 1, next_by_subj: subject }), LONG_TRANSFER_MS);
  let next = chunks > 0 ? chunkAfter(0) : null;
  for (let chunk = 1; next !== null; chunk++) {
    const message = await next;
    if (message === null) throw damaged(bucket, name, `piece ${chunk} of ${chunks} is missing`);
    next = chunk < chunks ? chunkAfter(message.seq) : null;
    next?.catch(() => undefined);
    yield message.data;
  }
}

async function putOnce(
  { name: bucket, open }: Bucket,
  { name, title, kind }: Pick<ShelvedObject, 'name' | 'title' | 'kind'>,
  pieces: () => AsyncIterable<Uint8Array>,
): Promise<'stored' | 'exists'> {
  const store = await open();
  const existing = await store.info(name);
  if (existing !== null && !existing.deleted) return 'exists';
  const meta = { name, description: title, metadata: { kind }, options: { max_chunk_size: CHUNK_BYTES } };
  const body = ReadableStream.from(verified(bucket, name, pieces()));
  try {
    // Its description is written last, and only where nobody was faster.
    await store.put(meta, body, { timeout: ATTEMPT_MS, previousRevision: existing?.revision ?? 0 });
    return 'stored';
  } catch (error) {
    if (isWrongSequence(error)) return 'exists';
    throw error;
  }
}

/** The newest first. */
async function listObjects({ link, name, stream }: Bucket): Promise<readonly ShelvedObject[]> {
  const { messages } = await listLatest(link, stream, `$O.${name}.M.>`);
  const objects = messages.map((message) => message.json<ObjectInfo>());
  return objects
    .filter(({ deleted }) => !deleted)
    .map(shelvedOf)
    .sort((a, b) => b.at - a.at);
}

function shelvedOf({ name, description, metadata, size, mtime }: ObjectInfo): ShelvedObject {
  return { name, title: description ?? '', kind: metadata?.kind ?? 'file', bytes: size, at: Date.parse(mtime) };
}

async function* onePiece(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

/** Fails at the end of what is not the object: the client library then takes away what it sent. */
async function* verified(bucket: string, name: string, pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const hash = createHash('sha256');
  for await (const piece of pieces) {
    hash.update(piece);
    yield piece;
  }
  refuseWrongDigest(bucket, name, hash.digest('hex'));
}

function refuseWrongDigest(bucket: string, name: string, actual: string): void {
  if (actual === name) return;
  throw new SowerError('E_OBJECT_DIGEST', `the content's SHA-256 is ${actual.slice(0, 12)}…, not its name`, {
    where: `${bucket}/${name}`,
    exit: EXIT.checkFailed,
  });
}

function damaged(bucket: string, name: string, why: string): SowerError {
  return new SowerError('E_OBJECT_DAMAGED', `the object store cannot give it: ${why}`, {
    where: `${bucket}/${name}`,
    fix: 'store it again',
    exit: EXIT.checkFailed,
  });
}
