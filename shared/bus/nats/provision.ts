import type { StreamConfig } from '@nats-io/jetstream';
import { StorageType } from '@nats-io/jetstream';
import { Kvm } from '@nats-io/kv';
import { Objm } from '@nats-io/obj';
import { EXIT, SowerError } from '../../kernel/errors.ts';
import type { Link } from './link.ts';
import { isStreamMissing } from './nats-errors.ts';
import { type Reservation, reserve } from './reservations.ts';
import { BUCKETS, bucketStream, OBJECT_STORES, objectStream, type StreamSettings, streamSettings } from './streams.ts';

/** The settings that carry a promise; a stream that differs in one of them is not ours to change. */
const PROMISES = ['retention', 'discard', 'max_msgs_per_subject', 'discard_new_per_subject', 'storage'] as const;

/** Creates what is missing, leaves what exists, and refuses a stream of the same name that would break a promise. */
export async function provision(link: Link): Promise<void> {
  const streams = streamSettings(link.features);
  const kvm = new Kvm(link.js);
  const objm = new Objm(link.js);
  const reservations: readonly Reservation[] = [
    ...streams.map((settings) => ({
      stream: settings.name,
      wantedBytes: settings.max_bytes,
      create: (max_bytes: number) => ensureStream(link, { ...settings, max_bytes }),
    })),
    ...BUCKETS.map(({ name, history, ttlMs, maxBytes }) => ({
      stream: bucketStream(name),
      wantedBytes: maxBytes,
      create: (max_bytes: number) => {
        const options = { history, storage: StorageType.File, max_bytes, ...(ttlMs > 0 ? { ttl: ttlMs } : {}) };
        return link.settle(() => kvm.create(name, options), PROVISION_MS);
      },
    })),
    ...OBJECT_STORES.map(({ name, maxBytes }) => ({
      stream: objectStream(name),
      wantedBytes: maxBytes,
      create: (max_bytes: number) =>
        link.settle(() => objm.create(name, { storage: StorageType.File, max_bytes }), PROVISION_MS),
    })),
  ];
  const ours = new Set(reservations.map(({ stream }) => stream));
  for (const reservation of reservations) await reserve(link, reservation, ours);
}

const PROVISION_MS = 30_000;

async function ensureStream(link: Link, settings: StreamSettings): Promise<void> {
  const existing = await link.settle(() => configOf(link, settings.name), PROVISION_MS);
  if (existing !== null) refuseConflict(link, settings, existing);
  else await link.settle(() => link.jsm.streams.add(settings), PROVISION_MS);
}

async function configOf(link: Link, name: string): Promise<StreamConfig | null> {
  try {
    return (await link.jsm.streams.info(name)).config;
  } catch (error) {
    if (isStreamMissing(error)) return null;
    throw error;
  }
}

function refuseConflict(link: Link, settings: StreamSettings, existing: StreamConfig): void {
  for (const key of PROMISES) {
    const wanted = settings[key];
    if (wanted === undefined || existing[key] === wanted) continue;
    const message = `stream ${settings.name} exists with ${key} = ${existing[key]}, Sower needs ${wanted}`;
    throw new SowerError('E_NATS_STREAM_CONFLICT', message, {
      where: link.url,
      fix: 'use another server or account, or remove that stream',
      exit: EXIT.conflict,
    });
  }
}
