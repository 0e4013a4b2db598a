/** One trial from its configuration to its result. */
import { MOST_NOTE_CHARACTERS, type TrialResult } from '../../../shared/protocol/index.ts';
import type { TrainConfig } from '../../../shared/sweep/train.ts';
import { augmentedRows, type DataSet, describeUntrained } from '../../data/index.ts';
import { createSchedule } from '../../engine/index.ts';
import type { Engine, Program } from '../../engine/port.ts';
import { type ReportEpoch, type TrainerSettings, type TrainJob, TrialStopped } from '../port.ts';
import { finishTrial, measuresAt, writeHistory } from './finish.ts';
import { createKeeper } from './keeper.ts';
import { checkMetric, watchedMetrics } from './metrics.ts';
import type { Pacer } from './pacer.ts';
import { provenanceOf } from './provenance.ts';
import { structureOf } from './structure.ts';
import { rate, type Training, trainEpochs } from './training.ts';
import { freshState } from './trial-state.ts';

/** Least time between two saves of a trial in progress. */
const CHECKPOINT_MS = 10_000;

export interface TrialOptions {
  readonly job: TrainJob;
  readonly config: TrainConfig;
  readonly data: DataSet;
  readonly engine: Engine;
  readonly pacerOf: (program: Program) => Pacer;
  readonly settings: Pick<TrainerSettings, 'checkpointMs' | 'notify'>;
  /** When the attempt began, by the monotonic clock. */
  readonly startedAt: number;
  readonly report: ReportEpoch;
  readonly signal: AbortSignal;
}

export async function trainTrial(options: TrialOptions): Promise<TrialResult> {
  const { job, config, data, engine, settings, startedAt, report, signal } = options;
  checkMetrics(options);
  const { batchSize, accumulateBatches, epochs } = config;
  const stepsPerEpoch = Math.ceil(Math.ceil(data.train.rows / batchSize) / accumulateBatches);
  const schedule = createSchedule(config.schedule, config.warmup, config.optimizer.lr, { epochs, stepsPerEpoch });
  const program = await engine.compile(structureOf(config, data, schedule.perStep));
  if (signal.aborted) throw new TrialStopped();
  const augmented = augmentedRows(data.train, config.data.prepare, job.trial.seed);
  const run = await program.start({
    seed: job.trial.seed,
    train: augmented ?? data.train,
    layers: config.model,
    optimizer: config.optimizer,
    ...(config.clipGradNorm === null ? {} : { clipGradNorm: config.clipGradNorm }),
  });
  try {
    const provenance = provenanceOf(engine.identity, data.hash);
    const { checkpointMs: intervalMs = CHECKPOINT_MS, notify = sayOnStderr } = settings;
    const keeper = createKeeper({ run, job, config, provenance, intervalMs, startedAt, signal, notify });
    const watched = watchedMetrics(config, job.spec.objective);
    const training: Training = {
      run,
      config,
      data,
      rowOffsetOf: augmented?.offsetOf ?? (() => 0),
      job,
      schedule,
      watched,
      pacer: options.pacerOf(program),
      report,
    };
    const from = (await keeper.resume()) ?? { state: freshState(schedule.start), best: null };
    const ended = await trainEpochs(training, from, keeper.interrupt);
    const { state } = ended;
    const fault = faultOf(state.ending);
    const finished = fault === null ? await finishTrial(training, ended, provenance) : null;
    const metrics = finished?.metrics ?? measuresAt(state.history, state.history.length);
    const artifacts = finished?.artifacts ?? [await writeHistory(training, ended, provenance, metrics)];
    await keeper.forget();
    return {
      outcome: fault === null ? 'completed' : 'diverged',
      reason: fault,
      metrics,
      epochs: state.history.length,
      steps: run.step,
      seconds: keeper.elapsedMs() / 1000,
      samplesPerSecond: rate(state.rows, state.trainingMs),
      history: [...state.history],
      ...(finished === null || finished.bestEpoch === null ? {} : { bestEpoch: finished.bestEpoch }),
      model: finished?.model ?? null,
      artifacts: [...artifacts],
      ...notesOf(data),
      provenance,
    };
  } finally {
    run.dispose();
  }
}

/** Nothing where there is nothing to say: most results have no notes. Names of columns may be of any length. */
function notesOf(data: DataSet): Pick<TrialResult, 'notes'> {
  const notes = [...(data.notes ?? []), ...describeUntrained(data)];
  return notes.length === 0 ? {} : { notes: notes.map((note) => note.slice(0, MOST_NOTE_CHARACTERS)) };
}

/** Throws E_TRAIN_OBJECTIVE where a metric that something waits for would never come. */
function checkMetrics({ job, config, data }: TrialOptions): void {
  const { earlyStopping, bestWeights, schedule } = config;
  checkMetric(job.spec.objective.name, 'metric.name', data);
  if (earlyStopping !== null) checkMetric(earlyStopping.metric, 'train.early_stopping.metric', data);
  if (bestWeights !== null) checkMetric(bestWeights, 'train.best_weights', data);
  if (schedule?.type === 'reduce_on_plateau') {
    checkMetric(schedule.metric, 'train.schedule.reduce_on_plateau.metric', data);
  }
}

function faultOf(ending: Awaited<ReturnType<typeof trainEpochs>>['state']['ending']): string | null {
  return ending !== null && typeof ending === 'object' ? ending.fault : null;
}

/** The agent reads it and puts it into its log. */
function sayOnStderr(line: string): void {
  process.stderr.write(`${line}\n`);
}
