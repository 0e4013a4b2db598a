/**
 * The epochs of one trial: train, measure, decide whether to go on. Whatever has to survive an interruption is in the
 * trial's state; the same state and the same run give the same rest, bit for bit.
 */
import { deriveKey, drawPermutation } from '../../../shared/kernel/random.ts';
import type { MetricValues } from '../../../shared/protocol/index.ts';
import { type MetricName, naturalGoal } from '../../../shared/sweep/index.ts';
import type { TrainConfig } from '../../../shared/sweep/train.ts';
import type { DataSet } from '../../data/index.ts';
import { ratesOfEpoch, type Schedule } from '../../engine/index.ts';
import type { ParameterTensor, TrainingRun } from '../../engine/port.ts';
import type { ReportEpoch, TrainJob } from '../port.ts';
import { chanceOf, classShares } from './chance.ts';
import { lossFault, trainingFault, watchChance } from './divergence.ts';
import { type EpochOutcome, trainEpoch } from './epoch.ts';
import {
  EVALUATED_PARTS,
  type EvaluatedPart,
  evaluatePart,
  findingsOf,
  finiteOrNull,
  type PartOutcome,
  plainMetrics,
  rowsOf,
  scoreMetrics,
} from './metrics.ts';
import type { Pacer } from './pacer.ts';
import { betterEpoch, waitForBetter } from './stopping.ts';
import { FRESH_EPOCH, type TrialState } from './trial-state.ts';

export interface Training {
  readonly run: TrainingRun;
  readonly config: TrainConfig;
  readonly data: DataSet;
  /** What to add to a row's number for the row as it is trained on in an epoch (from 0): not 0 where rows change anew in each. */
  readonly rowOffsetOf: (epoch: number) => number;
  readonly job: TrainJob;
  readonly schedule: Schedule;
  /** Metrics that a rule looks at after every epoch. */
  readonly watched: readonly MetricName[];
  readonly pacer: Pacer;
  readonly report: ReportEpoch;
}

/** The state and what goes with it. */
export interface Standing {
  readonly state: TrialState;
  /** Weights of `state.best`. */
  readonly best: readonly ParameterTensor[] | null;
}

/** Called between pieces and after each epoch; throws to interrupt. */
export type Interrupt = (standing: Standing) => Promise<void>;

/** Outcomes of the last epoch, so that nothing is evaluated twice. */
export type LastOutcomes = Readonly<Partial<Record<EvaluatedPart, PartOutcome>>>;

/** Trains until the state has an ending. */
export async function trainEpochs(
  training: Training,
  from: Standing,
  interrupt: Interrupt,
): Promise<Standing & { readonly last: LastOutcomes }> {
  let standing = from;
  let last: LastOutcomes = {};
  while (standing.state.ending === null) {
    const trained = await trainOneEpoch(training, standing, interrupt);
    const measured = await measureEpoch(training, standing.state, trained);
    last = measured.outcomes;
    standing = decide(training, standing, trained, measured);
    const { config, report } = training;
    report({
      epoch: standing.state.history.length,
      epochs: config.epochs,
      metrics: standing.state.history.at(-1)!,
      samplesPerSecond: rate(trained.rows, trained.durationMs),
    });
    if (standing.state.ending === null) await interrupt(standing);
  }
  return { ...standing, last };
}

async function trainOneEpoch(
  { run, config, data, rowOffsetOf, job, schedule, pacer }: Training,
  { state, best }: Standing,
  interrupt: Interrupt,
): Promise<EpochOutcome> {
  const epoch = state.history.length;
  const rows = drawPermutation(deriveKey(job.trial.seed, 'order', epoch + 1), data.train.rows);
  const offset = rowOffsetOf(epoch);
  const order = offset === 0 ? rows : rows.map((row) => row + offset);
  const { batchSize, accumulateBatches } = config;
  const batches = Math.ceil(order.length / batchSize);
  const rates = schedule.perStep ? ratesOfEpoch(schedule, state.schedule, epoch, batches, accumulateBatches) : null;
  if (rates === null) run.setLearningRate(schedule.rateAt(state.schedule, epoch, 0));
  const plan = { order, batchSize, accumulateBatches, rates };
  return trainEpoch(run, plan, state.epoch, pacer, (progress) =>
    interrupt({ state: { ...state, epoch: progress }, best }),
  );
}

interface Measured {
  readonly metrics: MetricValues;
  readonly outcomes: LastOutcomes;
}

/** What training itself says of its part. */
const TRAINED: Readonly<Partial<Record<EvaluatedPart, string>>> = { train: 'loss' };

/** Validation after every epoch; the other parts where a rule asks for one of their metrics, test after the last one too. */
async function measureEpoch(training: Training, state: TrialState, trained: EpochOutcome): Promise<Measured> {
  const { run, config, data, schedule, watched } = training;
  const classes = data.classes?.length ?? null;
  const epoch = state.history.length;
  const outcomes: { -readonly [Part in keyof LastOutcomes]: LastOutcomes[Part] } = {};
  const metrics: Record<string, number | null> = {
    train_loss: trained.finite ? finiteOrNull(trained.lossSum / trained.rows) : null,
  };
  for (const part of trained.finite ? EVALUATED_PARTS : []) {
    const rows = rowsOf(data, part);
    const measures = watched.filter((metric) => metric.part === part && metric.measure !== TRAINED[part]);
    const isLast = part === 'test' && epoch + 1 === config.epochs;
    const isNeeded = part === 'val' || measures.length > 0 || isLast;
    if (rows === null || !isNeeded) continue;
    const outcome = await evaluatePart(run, rows, measures);
    outcomes[part] = outcome;
    Object.assign(metrics, plainMetrics(part, outcome.evaluation, classes));
    if (outcome.outputs === null) continue;
    Object.assign(metrics, scoreMetrics(measures, findingsOf(outcome.outputs, rows, classes, config.loss)));
  }
  const lastStep = Math.ceil(Math.ceil(data.train.rows / config.batchSize) / config.accumulateBatches) - 1;
  metrics.lr = schedule.rateAt(state.schedule, epoch, lastStep);
  metrics.epoch_seconds = trained.durationMs / 1000;
  return { metrics, outcomes };
}

/** What follows from an epoch: the best one so far, the next rates, and whether there is another. */
function decide(
  training: Training,
  before: Standing,
  trained: EpochOutcome,
  { metrics, outcomes }: Measured,
): Standing {
  const { run, config, data, schedule } = training;
  const { state } = before;
  const epoch = state.history.length + 1;
  const kept = keptMetric(config);
  const best = kept === null ? null : betterEpoch(state.best, kept, epoch, metrics);
  const stopping = config.earlyStopping === null ? null : waitForBetter(state.patience, config.earlyStopping, metrics);
  const over = epoch === config.epochs ? 'complete' : stopping?.stop ? 'no better' : null;
  const evaluations = { validation: outcomes.val?.evaluation ?? null, test: outcomes.test?.evaluation ?? null };
  const accuracy = (evaluations.validation ?? evaluations.test)?.accuracy ?? null;
  const shares = data.classes === null ? null : classShares(data.train.labels, data.classes.length);
  const chance = chanceOf(config.loss, shares);
  const trainLoss = trained.lossSum / trained.rows;
  const standing = { trainLoss, accuracy, last: over !== null };
  const { watch, stuck } = trained.finite ? watchChance(state.watch, standing, chance) : { ...state, stuck: false };
  const fault = trained.finite
    ? (lossFault(epoch, evaluations) ?? (stuck ? 'stuck at chance' : null))
    : trainingFault(epoch, trainLoss);
  const watchedValue = schedule.metric === null ? 0 : (metrics[schedule.metric] ?? Number.NaN);
  const rises = schedule.metric !== null && naturalGoal(schedule.metric) === 'maximize';
  return {
    best: best === state.best ? before.best : run.parameters(),
    state: {
      ...state,
      history: [...state.history, metrics],
      epoch: FRESH_EPOCH,
      schedule: schedule.afterEpoch(state.schedule, watchedValue, rises),
      watch,
      patience: stopping?.patience ?? state.patience,
      best,
      ending: fault === null ? over : { fault },
      rows: state.rows + trained.rows,
      trainingMs: state.trainingMs + trained.durationMs,
    },
  };
}

/** The metric whose best epoch's weights become the trial's model; null: the last epoch's do. */
export function keptMetric({ bestWeights, earlyStopping }: TrainConfig): string | null {
  return bestWeights ?? (earlyStopping?.restoreBest === true ? earlyStopping.metric : null);
}

export function rate(count: number, durationMs: number): number {
  return durationMs > 0 ? (1000 * count) / durationMs : 0;
}
