/** Saves a trial in progress from time to time, and takes one up that was interrupted. */
import { createHash } from 'node:crypto';
import { SowerError } from '../../../shared/kernel/errors.ts';
import { systemClock } from '../../../shared/kernel/system-clock.ts';
import type { Provenance } from '../../../shared/protocol/index.ts';
import { canonicalJson } from '../../../shared/sweep/index.ts';
import type { TrainConfig } from '../../../shared/sweep/train.ts';
import type { TrainingRun } from '../../engine/port.ts';
import { forgetProgress, loadProgress, saveProgress, type TrialIdentity } from '../checkpoint/progress-file.ts';
import { type TrainJob, TrialStopped } from '../port.ts';
import type { Standing } from './training.ts';
import type { TrialState } from './trial-state.ts';

export interface KeeperOptions {
  readonly run: TrainingRun;
  readonly job: TrainJob;
  readonly config: TrainConfig;
  readonly provenance: Provenance;
  /** Least time between two saves; 0 saves at every opportunity. */
  readonly intervalMs: number;
  /** When this attempt began, by the monotonic clock. */
  readonly startedAt: number;
  readonly signal: AbortSignal;
  readonly notify: (line: string) => void;
}

export interface Keeper {
  /** The trial where it was left, the run restored to it; null where nothing usable was saved. */
  resume(): Promise<Standing | null>;
  /** Saves where it is time to, throws TrialStopped once the signal says so. */
  readonly interrupt: (standing: Standing) => Promise<void>;
  /** Time spent on the trial over all attempts. */
  elapsedMs(): number;
  /** The trial is over. */
  forget(): Promise<void>;
}

/** Saving may take this share of the time at most: a large model on a slow disk is saved less often. */
const SAVING_SHARE = 0.05;

/** A trial that is stopped is saved where that keeps at least this share of the usual interval from being lost. */
const WORTH_SAVING = 0.1;

export function createKeeper(options: KeeperOptions): Keeper {
  const { run, job, signal, notify, intervalMs, startedAt } = options;
  const identity = identityOf(options);
  let elapsedBefore = 0;
  let savedAt = systemClock.monotonic();
  let pauseMs = intervalMs;
  let complained = false;

  const elapsedMs = () => elapsedBefore + systemClock.monotonic() - startedAt;

  async function save({ state, best }: Standing): Promise<void> {
    const savingSince = systemClock.monotonic();
    try {
      await saveProgress(job.folder, identity, { run: run.save(), best, state: { ...state, elapsedMs: elapsedMs() } });
    } catch (error) {
      // Training is worth more than its insurance: a full disk must not end it.
      if (!complained)
        notify(`cannot save the progress of ${job.trial.id}: ${error instanceof Error ? error.message : error}`);
      complained = true;
    }
    savedAt = systemClock.monotonic();
    if (intervalMs > 0) pauseMs = Math.max(intervalMs, (savedAt - savingSince) / SAVING_SHARE);
  }

  return {
    async resume() {
      const progress = await loadProgress<TrialState>(job.folder, identity, notify);
      if (progress === null) return null;
      const { state, best } = progress;
      try {
        run.restore(progress.run);
      } catch (error) {
        if (!(error instanceof SowerError)) throw error;
        notify(`${error.message}; trial ${job.trial.id} starts anew`);
        return null;
      }
      elapsedBefore = state.elapsedMs;
      notify(
        `trial ${job.trial.id} goes on in epoch ${state.history.length + 1}, after ${state.epoch.rows} rows of it`,
      );
      return { state, best };
    },
    async interrupt(standing) {
      const sinceMs = systemClock.monotonic() - savedAt;
      if (signal.aborted) {
        if (sinceMs >= WORTH_SAVING * intervalMs) await save(standing);
        throw new TrialStopped();
      }
      if (sinceMs >= pauseMs) await save(standing);
    },
    elapsedMs,
    forget: () => forgetProgress(job.folder),
  };
}

/** All that decides a trial's bits. */
function identityOf({ job, config, provenance }: KeeperOptions): TrialIdentity {
  const { engine, engineVersion, provider, threads, code, dataHash, machine } = provenance;
  return {
    sweep: job.sweep,
    trial: job.trial.id,
    seed: String(job.trial.seed),
    configuration: createHash('sha256')
      .update(canonicalJson([config, job.spec.objective]))
      .digest('hex'),
    data: dataHash,
    code,
    engine: `${engine} ${engineVersion} ${provider}`,
    threads: String(threads),
    machine,
  };
}
