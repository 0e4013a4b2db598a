import { z } from 'zod';
import { metricValues, parameterValues } from './metrics.ts';
import { artifact, attemptFailure, modelArtifact, provenance, resultNotes } from './result.ts';
import { PROTOCOL_VERSION } from './version.ts';

const v = z.literal(PROTOCOL_VERSION);

/**
 * The message one slot pulls: `trial.<pool>.<sweep>.<item>.<gen>`. It names trials by index; the agent draws their
 * parameters from the sweep file (KV `sweeps`), which expands the same way everywhere.
 */
export const workItem = z.object({
  v,
  sweep: z.string(),
  item: z.string(),
  gen: z.number().int().positive(),
  pool: z.string(),
  specHash: z.string(),
  trials: z.array(z.number().int().nonnegative()).min(1).max(4096),
});
export type WorkItem = z.infer<typeof workItem>;

/** The one record of a trial, `done.<sweep>.<trial>`; the server admits a single one. */
export const doneRecord = z.object({
  v,
  sweep: z.string(),
  trial: z.string(),
  configuration: z.string(),
  seed: z.number().int(),
  params: parameterValues,
  state: z.enum(['done', 'failed', 'pruned', 'cancelled']),
  outcome: z.enum(['completed', 'diverged', 'failed', 'pruned', 'cancelled']),
  reason: z.string().nullable(),
  attempts: z.number().int().nonnegative(),
  /** The attempt whose result counts. */
  attempt: z.string().nullable(),
  agent: z.string().nullable(),
  metrics: metricValues,
  history: z.array(metricValues),
  epochs: z.number().int(),
  steps: z.number().int(),
  seconds: z.number(),
  samplesPerSecond: z.number(),
  bestEpoch: z.number().int().positive().optional(),
  model: modelArtifact.nullable(),
  artifacts: z.array(artifact).max(16).optional(),
  notes: resultNotes.optional(),
  failure: attemptFailure.nullable(),
  provenance: provenance.nullable(),
  /** Sequence of the event in EVENTS that decided this record. */
  event: z.number().int(),
  /** The coordinator lease it was written under: `<lease bucket created>/<revision>`. */
  fence: z.string(),
  at: z.number(),
});
export type DoneRecord = z.infer<typeof doneRecord>;

/** Metrics at the end of an epoch, `m.<sweep>.<agent>.<trial>`; may be lost, may never block. */
export const trialReport = z.object({
  v,
  sweep: z.string(),
  agent: z.string(),
  trial: z.string(),
  attempt: z.string(),
  slot: z.number().int(),
  epoch: z.number().int(),
  epochs: z.number().int(),
  metrics: metricValues,
  samplesPerSecond: z.number(),
  at: z.number(),
});
export type TrialReport = z.infer<typeof trialReport>;

export const gpuState = z.object({
  index: z.number().int(),
  uuid: z.string(),
  name: z.string(),
  utilization: z.number().nullable(),
  memoryUsedBytes: z.number().nullable(),
  memoryTotalBytes: z.number().nullable(),
  temperatureCelsius: z.number().nullable(),
});
export type GpuState = z.infer<typeof gpuState>;

/** KV `presence`, key = agent name: put every 10 s, alive while younger than 25 s by the server's stamps. */
export const presenceEntry = z.object({
  v,
  agent: z.string(),
  pool: z.string(),
  host: z.string(),
  pid: z.number().int(),
  version: z.string(),
  slots: z.array(
    z.object({
      slot: z.number().int(),
      device: z.string(),
      state: z.enum(['starting', 'idle', 'busy', 'draining', 'closed']),
      sweep: z.string().nullable(),
      trial: z.string().nullable(),
    }),
  ),
  gpus: z.array(gpuState),
  /** `host:port` of the agent's HTTP endpoint, null where it has none. */
  metricsAddress: z.string().nullable(),
  draining: z.boolean(),
  startedAt: z.number(),
});
export type PresenceEntry = z.infer<typeof presenceEntry>;

/** KV `sweeps`, key = sweep id: the sweep file as submitted, and how it is identified. */
export const sweepEntry = z.object({
  v,
  sweep: z.string(),
  name: z.string(),
  hash: z.string(),
  /** The validated sweep as canonical JSON; `shared/sweep` reads it back. */
  spec: z.string(),
  /** The file as the person wrote it. */
  source: z.string(),
  submittedAt: z.number(),
});
export type SweepEntry = z.infer<typeof sweepEntry>;
