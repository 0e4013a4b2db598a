import { z } from 'zod';
import { attemptFailure, trialResult } from './result.ts';
import { PROTOCOL_VERSION } from './version.ts';

/**
 * The one ordered log, `ev.<sweep>.<author>.<trial>.<kind>`; the state of a sweep is a fold of it. `trial` is `-` for
 * facts about the whole sweep. Order is the stream's sequence; `at` (ms since the epoch) is for people.
 */
const envelope = {
  v: z.literal(PROTOCOL_VERSION),
  sweep: z.string(),
  author: z.string(),
  at: z.number(),
};

const attempt = { trial: z.string(), attempt: z.string() };

/** By agents. */
export const startedEvent = z.object({
  ...envelope,
  ...attempt,
  kind: z.literal('started'),
  item: z.string(),
  gen: z.number().int(),
  slot: z.number().int(),
});
export const resultEvent = z.object({ ...envelope, ...attempt, kind: z.literal('result'), body: trialResult });
export const failedEvent = z.object({ ...envelope, ...attempt, kind: z.literal('failed'), body: attemptFailure });
/** The attempt was given back unharmed (drain, preemption); it does not count against the trial. */
export const releasedEvent = z.object({ ...envelope, ...attempt, kind: z.literal('released'), reason: z.string() });

/** By the coordinator; `trial` is `-`. */
const whole = { ...envelope, trial: z.literal('-') };
export const submittedEvent = z.object({
  ...whole,
  kind: z.literal('submitted'),
  specHash: z.string(),
  planned: z.number().int(),
});
/** A work item was planned: its trial indices, under a generation. Re-planning the same trials raises `gen`. */
export const plannedEvent = z.object({
  ...whole,
  kind: z.literal('planned'),
  item: z.string(),
  gen: z.number().int(),
  pool: z.string(),
  trials: z.array(z.number().int()).min(1),
});
export const cancelledEvent = z.object({ ...whole, kind: z.literal('cancelled'), reason: z.string() });
export const finishedEvent = z.object({ ...whole, kind: z.literal('finished') });

export const sowerEvent = z.discriminatedUnion('kind', [
  startedEvent,
  resultEvent,
  failedEvent,
  releasedEvent,
  submittedEvent,
  plannedEvent,
  cancelledEvent,
  finishedEvent,
]);
export type SowerEvent = z.infer<typeof sowerEvent>;
export type StartedEvent = z.infer<typeof startedEvent>;
export type ResultEvent = z.infer<typeof resultEvent>;
export type FailedEvent = z.infer<typeof failedEvent>;
export type ReleasedEvent = z.infer<typeof releasedEvent>;
export type PlannedEvent = z.infer<typeof plannedEvent>;

/** Author token of the coordinator's events. */
export const COORDINATOR_AUTHOR = 'coordinator';
