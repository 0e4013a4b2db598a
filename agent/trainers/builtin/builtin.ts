import { deriveKey, drawPermutation } from '../../../shared/kernel/random.ts';
import { systemClock } from '../../../shared/kernel/system-clock.ts';
import type { MetricValues, TrialResult } from '../../../shared/protocol/index.ts';
import type { TrainConfig } from '../../../shared/sweep/train.ts';
import { type DataSet, openData } from '../../data/index.ts';
import { createOrtEngine, verifyExport } from '../../engine/index.ts';
import type { Engine, Preprocessing, Program, Structure, TrainingRun } from '../../engine/port.ts';
import { type ReportEpoch, type Trainer, type TrainerSettings, type TrainJob, TrialStopped } from '../port.ts';
import { trainEpoch } from './epoch.ts';
import { exportModel } from './export-model.ts';
import { checkObjective, createChanceWatch, lossFault, metricsOf, trainingFault } from './measures.ts';
import { createPacer, type Pacer } from './pacer.ts';
import { provenanceOf } from './provenance.ts';

/** Trains layer lists on the engine of this process. */
export function createBuiltinTrainer(settings: TrainerSettings): Trainer<TrainConfig> {
  let engine: Promise<Engine> | null = null;
  /** What a step takes is a property of the program, so its later trials start with the right pace. */
  const pacers = new WeakMap<Program, Pacer>();

  return {
    async train(job, config, report, signal) {
      const startedAt = systemClock.monotonic();
      const opening = engine ?? createOrtEngine({ threads: settings.threads });
      engine = opening;
      const [data, opened] = await Promise.all([openData(config.data, settings), opening]);
      checkObjective(job.spec.objective.name, data);
      const program = await opened.compile(structureOf(config, data));
      const pacer = pacers.get(program) ?? createPacer();
      pacers.set(program, pacer);
      if (signal.aborted) throw new TrialStopped();
      const run = await program.start({
        seed: job.trial.seed,
        train: data.train,
        layers: config.model,
        optimizer: config.optimizer,
      });
      try {
        const progress = await trainEpochs({ run, config, data, job, pacer, report, signal });
        const model = progress.fault === null ? await exportModel(run, data, job, verifyExport) : null;
        return {
          outcome: progress.fault === null ? 'completed' : 'diverged',
          reason: progress.fault,
          metrics: progress.history.at(-1) ?? {},
          epochs: progress.history.length,
          steps: run.step,
          seconds: (systemClock.monotonic() - startedAt) / 1000,
          samplesPerSecond: rate(progress.rows, progress.seconds),
          history: [...progress.history],
          model,
          provenance: provenanceOf(opened.identity, data.hash),
        } satisfies TrialResult;
      } finally {
        run.dispose();
      }
    },
    async close() {
      await (await engine)?.close();
    },
  };
}

interface Training {
  readonly run: TrainingRun;
  readonly config: TrainConfig;
  readonly data: DataSet;
  readonly job: TrainJob;
  readonly pacer: Pacer;
  readonly report: ReportEpoch;
  readonly signal: AbortSignal;
}

interface Progress {
  /** Why the trial diverged, null where it did not. */
  readonly fault: string | null;
  readonly history: readonly MetricValues[];
  /** Rows trained on, and the time training alone took. */
  readonly rows: number;
  readonly seconds: number;
}

async function trainEpochs({ run, config, data, job, pacer, report, signal }: Training): Promise<Progress> {
  const history: MetricValues[] = [];
  const isStuckAtChance = createChanceWatch(data.classes.length);
  const testsEveryEpoch = job.spec.objective.name.startsWith('test_');
  let rows = 0;
  let seconds = 0;
  let fault: string | null = null;
  for (let epoch = 1; epoch <= config.epochs && fault === null; epoch++) {
    const order = drawPermutation(deriveKey(job.trial.seed, 'order', epoch), data.train.rows);
    const trained = await trainEpoch(run, order, config.batchSize, pacer, signal);
    rows += trained.rows;
    seconds += trained.seconds;
    const last = epoch === config.epochs;
    const evaluated = {
      validation: trained.finite && data.validation !== null ? await run.evaluate(data.validation) : null,
      test: trained.finite && data.test !== null && (testsEveryEpoch || last) ? await run.evaluate(data.test) : null,
    };
    const metrics = metricsOf(trained.finite ? trained.loss : Number.NaN, evaluated);
    history.push(metrics);
    report({
      epoch,
      epochs: config.epochs,
      metrics,
      samplesPerSecond: rate(trained.rows, trained.seconds),
    });
    fault = trained.finite ? lossFault(epoch, evaluated) : trainingFault(epoch, trained.loss);
    const accuracy = (evaluated.validation ?? evaluated.test)?.accuracy ?? null;
    if (fault === null && isStuckAtChance({ trainLoss: trained.loss, accuracy, last })) fault = 'stuck at chance';
  }
  return { fault, history, rows, seconds };
}

function structureOf(config: TrainConfig, data: DataSet): Structure {
  const inputType = data.train.features instanceof Uint8Array ? 'uint8' : 'float32';
  return {
    inputShape: data.train.shape,
    inputType,
    classes: data.classes.length,
    layers: config.model,
    loss: config.loss,
    optimizer: config.optimizer,
    batchSize: config.batchSize,
    preprocessing: preprocessingOf(config.data.scale, inputType),
  };
}

/** `unit` means pixels; columns of other data have no natural range to divide by. */
function preprocessingOf(scale: TrainConfig['data']['scale'], inputType: Structure['inputType']): Preprocessing {
  return { shift: 0, scale: scale === 'unit' && inputType === 'uint8' ? 1 / 255 : 1 };
}

function rate(count: number, seconds: number): number {
  return seconds > 0 ? count / seconds : 0;
}
