import { z } from 'zod';
import { metricValues } from './metrics.ts';

/** The exported model of a trial and the proof that it computes what was trained. */
export const modelArtifact = z.object({
  /** Path on the agent's machine. */
  path: z.string(),
  sha256: z.string().length(64),
  bytes: z.number().int().nonnegative(),
  opset: z.number().int(),
  /** Largest absolute difference of outputs between the engine and the reloaded file on held-out inputs. */
  maxDeviation: z.number(),
  /** True where a copy lies in the object store `models` under its SHA-256. */
  uploaded: z.boolean(),
});
export type ModelArtifact = z.infer<typeof modelArtifact>;

/** A file that a trial left in its folder on the agent's machine. */
export const artifact = z.object({
  /** `model.onnx`, `history.json`, `evaluation.json`, `checkpoint.safetensors`. */
  name: z.string().max(64),
  path: z.string(),
  bytes: z.number().int().nonnegative(),
  sha256: z.string().length(64),
});
export type Artifact = z.infer<typeof artifact>;

/** What produced a result: enough to produce it again. */
export const provenance = z.object({
  engine: z.string(),
  engineVersion: z.string(),
  provider: z.string(),
  threads: z.number().int(),
  code: z.string(),
  dataHash: z.string(),
  machine: z.string(),
});
export type Provenance = z.infer<typeof provenance>;

export const MOST_NOTE_CHARACTERS = 300;
/** What a person should know before believing a result: `1400 of 2000 test rows are of classes that ...`. */
export const resultNotes = z.array(z.string().max(MOST_NOTE_CHARACTERS)).max(8);

/** How a trained trial ended: `diverged` ended early on NaN, infinity, or a loss stuck at chance; it never ranks. */
export const trainedOutcome = z.enum(['completed', 'diverged']);

/** Why an attempt failed. Only `user_error`, `oom` and `timeout` use up a trial's attempts. */
export const failureCause = z.enum([
  'user_error',
  'oom',
  'timeout',
  'gpu_fault',
  'agent_lost',
  'agent_stop',
  'infra',
  'bad_message',
]);
export type FailureCause = z.infer<typeof failureCause>;

export const trialResult = z.object({
  outcome: trainedOutcome,
  /** One clause for people where the trial diverged: `loss is NaN at epoch 2`. */
  reason: z.string().max(300).nullable(),
  metrics: metricValues,
  epochs: z.number().int().nonnegative(),
  steps: z.number().int().nonnegative(),
  seconds: z.number().nonnegative(),
  samplesPerSecond: z.number().nonnegative(),
  /** Metric values per epoch, in order; of many epochs an even choice (`epochOfEntry` says which). */
  history: z.array(metricValues).max(10_000),
  /** The epoch, from 1, whose weights the model has, where that was a choice; older versions do not say. */
  bestEpoch: z.number().int().positive().optional(),
  model: modelArtifact.nullable(),
  /** All files of the trial, the model among them; older versions do not say. */
  artifacts: z.array(artifact).max(16).optional(),
  notes: resultNotes.optional(),
  provenance: provenance.nullable(),
});
export type TrialResult = z.infer<typeof trialResult>;

export const attemptFailure = z.object({
  cause: failureCause,
  message: z.string().max(2000),
  code: z.string().max(64).nullable(),
  exitCode: z.number().int().nullable(),
  signal: z.string().nullable(),
  stderrTail: z.string().max(8000),
});
export type AttemptFailure = z.infer<typeof attemptFailure>;
