import type { StreamConfig } from '@nats-io/jetstream';
import { StorageType } from '@nats-io/jetstream';
import { Kvm } from '@nats-io/kv';
import { Objm } from '@nats-io/obj';
import { EXIT, SowerError } from '../../kernel/errors.ts';
import type { Link } from './link.ts';
import { isStoreFull, isStreamMissing } from './nats-errors.ts';
import { BUCKETS, OBJECT_STORES, type StreamSettings, streamSettings } from './streams.ts';

/** Below this a stream is not worth having; then the disk is too small. */
const SMALLEST_BYTES = 32 * 1024 * 1024;

/** The settings that carry a promise; a stream that differs in one of them is not ours to change. */
const PROMISES = ['retention', 'discard', 'max_msgs_per_subject', 'discard_new_per_subject', 'storage'] as const;

/** Creates what is missing, leaves what exists, and refuses a stream of the same name that would break a promise. */
export async function provision(link: Link): Promise<void> {
  for (const settings of streamSettings(link.features)) await ensureStream(link, settings);
  const kvm = new Kvm(link.js);
  for (const { name, history, ttlMs, maxBytes } of BUCKETS) {
    const options = { history, storage: StorageType.File, max_bytes: maxBytes, ...(ttlMs > 0 ? { ttl: ttlMs } : {}) };
    await link.settle(() => kvm.create(name, options), PROVISION_MS);
  }
  const objm = new Objm(link.js);
  for (const { name, maxBytes } of OBJECT_STORES) {
    await reserve(maxBytes, (max_bytes) =>
      link.settle(() => objm.create(name, { storage: StorageType.File, max_bytes }), PROVISION_MS),
    );
  }
}

const PROVISION_MS = 30_000;

async function ensureStream(link: Link, settings: StreamSettings): Promise<void> {
  const existing = await link.settle(() => configOf(link, settings.name), PROVISION_MS);
  if (existing !== null) return refuseConflict(link, settings, existing);
  await reserve(settings.max_bytes, (max_bytes) =>
    link.settle(() => link.jsm.streams.add({ ...settings, max_bytes }), PROVISION_MS),
  );
}

async function configOf(link: Link, name: string): Promise<StreamConfig | null> {
  try {
    return (await link.jsm.streams.info(name)).config;
  } catch (error) {
    if (isStreamMissing(error)) return null;
    throw error;
  }
}

/** Halves the reservation until the server's disk has room for it. */
async function reserve(wantedBytes: number, create: (maxBytes: number) => Promise<unknown>): Promise<void> {
  for (let bytes = wantedBytes; ; bytes = Math.floor(bytes / 2)) {
    try {
      await create(bytes);
      return;
    } catch (error) {
      if (!isStoreFull((error as Error).cause) || bytes / 2 < SMALLEST_BYTES) throw error;
    }
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
