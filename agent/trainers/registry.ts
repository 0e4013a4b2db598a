import { assertNever } from '../../shared/kernel/assert.ts';
import type { TrialResult } from '../../shared/protocol/index.ts';
import { resolveTrain } from '../../shared/sweep/index.ts';
import type { NoopConfig, TrainConfig, TrainerConfig } from '../../shared/sweep/train.ts';
import { createNoopTrainer } from './noop.ts';
import type { ReportEpoch, Trainer, TrainerSettings, TrainJob } from './port.ts';

export interface Trainers {
  /** Trains a trial with the trainer its `train:` section asks for. */
  train(job: TrainJob, report: ReportEpoch, signal: AbortSignal): Promise<TrialResult>;
  close(): Promise<void>;
}

/** A trainer is loaded when the first trial needs it: a rehearsal with `noop` never loads an engine. */
export function createTrainers(settings: TrainerSettings): Trainers {
  let builtin: Promise<Trainer<TrainConfig>> | null = null;
  let noop: Trainer<NoopConfig> | null = null;

  const openBuiltin = async () => (await import('./builtin/builtin.ts')).createBuiltinTrainer(settings);

  return {
    async train(job, report, signal) {
      const config: TrainerConfig = resolveTrain(job.spec, job.trial.params);
      switch (config.kind) {
        case 'builtin':
          builtin ??= openBuiltin();
          return (await builtin).train(job, config, report, signal);
        case 'noop':
          noop ??= createNoopTrainer();
          return noop.train(job, config, report, signal);
        default:
          return assertNever(config);
      }
    },
    async close() {
      await (await builtin)?.close();
      await noop?.close();
    },
  };
}
