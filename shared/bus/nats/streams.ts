import { DiscardPolicy, PersistMode, RetentionPolicy, StorageType, type StreamConfig } from '@nats-io/jetstream';
import { type Nanos, nanos } from '@nats-io/transport-node';
import { STREAM, subjects } from '../../protocol/index.ts';
import type { ServerFeatures } from './features.ts';

const KIB = 1024;
const MIB = 1024 * KIB;
const GIB = 1024 * MIB;
const DAY_MS = 24 * 3600 * 1000;

export type StreamSettings = Partial<StreamConfig> & { readonly name: string; readonly max_bytes: number };

const common = {
  storage: StorageType.File,
  num_replicas: 1,
  duplicate_window: nanos(120_000) as Nanos,
} satisfies Partial<StreamConfig>;

const appendOnly = {
  retention: RetentionPolicy.Limits,
  discard: DiscardPolicy.New,
  allow_direct: true,
  deny_delete: true,
  deny_purge: true,
} satisfies Partial<StreamConfig>;

/**
 * The streams. `max_bytes` is reserved by the server, so provisioning shares a small disk among them (reservations.ts).
 *
 * TRIALS may not deny deletion: cancelling a sweep and clearing the orphans that 2.9.10 leaves after a crash delete by
 * sequence. EVENTS takes 512 KiB because a result carries its metrics per epoch.
 */
export function streamSettings(features: ServerFeatures): readonly StreamSettings[] {
  return [
    {
      ...common,
      name: STREAM.trials,
      subjects: ['trial.>'],
      retention: RetentionPolicy.Workqueue,
      discard: DiscardPolicy.New,
      max_msgs_per_subject: 1,
      discard_new_per_subject: true,
      max_bytes: 1 * GIB,
      max_msg_size: 64 * KIB,
      deny_purge: true,
    },
    {
      ...common,
      ...appendOnly,
      name: STREAM.events,
      subjects: ['ev.>'],
      max_bytes: 4 * GIB,
      max_msg_size: 512 * KIB,
    },
    {
      ...common,
      ...appendOnly,
      name: STREAM.done,
      subjects: ['done.>'],
      max_msgs_per_subject: 1,
      discard_new_per_subject: true,
      max_bytes: 4 * GIB,
      republish: { src: 'done.>', dest: subjects.live('done.>') },
    },
    {
      ...common,
      name: STREAM.metrics,
      subjects: ['m.>'],
      retention: RetentionPolicy.Limits,
      discard: DiscardPolicy.Old,
      max_age: nanos(7 * DAY_MS),
      max_bytes: 1 * GIB,
      max_msg_size: 64 * KIB,
      republish: { src: 'm.>', dest: subjects.live('m.>') },
      allow_direct: true,
      ...(features.asyncPersistence ? { persist_mode: PersistMode.Async } : {}),
    },
    {
      ...common,
      name: STREAM.advisories,
      subjects: ['MAX_DELIVERIES', 'MSG_TERMINATED'].map((k) => `$JS.EVENT.ADVISORY.CONSUMER.${k}.${STREAM.trials}.*`),
      retention: RetentionPolicy.Limits,
      discard: DiscardPolicy.Old,
      max_age: nanos(7 * DAY_MS),
      max_bytes: 64 * MIB,
    },
  ];
}

/** Key-value buckets; presence and lead forget entries by age, so a dead holder needs no clean-up. */
export const BUCKETS = [
  { name: 'presence', history: 1, ttlMs: 30_000, maxBytes: 64 * MIB },
  { name: 'lead', history: 1, ttlMs: 15_000, maxBytes: 1 * MIB },
  { name: 'sweeps', history: 5, ttlMs: 0, maxBytes: 256 * MIB },
] as const;

/** Object stores for artifacts by content hash. */
export const OBJECT_STORES = [
  { name: 'models', maxBytes: 2 * GIB },
  { name: 'data', maxBytes: 1 * GIB },
  { name: 'ckpt', maxBytes: 1 * GIB },
] as const;

export const bucketStream = (bucket: string) => `KV_${bucket}`;
export const objectStream = (store: string) => `OBJ_${store}`;
export const keySubject = (bucket: string, key: string) => `$KV.${bucket}.${key}`;
