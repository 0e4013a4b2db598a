/** The end of a trial: which weights are its model, what they are worth, and the files that are left behind. */
import type { Artifact, MetricValues, ModelArtifact, Provenance } from '../../../shared/protocol/index.ts';
import { type MetricName, metricNamesFor, parseMetricName } from '../../../shared/sweep/index.ts';
import { type DataRows, readRows } from '../../data/index.ts';
import { outlineData } from '../../data/summary.ts';
import { verifyExport } from '../../engine/index.ts';
import { writeArtifact } from '../artifacts/artifact-file.ts';
import { classesEvaluation, type EvaluationSource, numbersEvaluation } from '../artifacts/evaluation-file.ts';
import { accuracyOf } from '../measures/confusion.ts';
import type { TrainJob } from '../port.ts';
import { exportModel } from './export-model.ts';
import {
  type EvaluatedPart,
  evaluatePart,
  type Findings,
  findingsOf,
  type PartOutcome,
  plainMetrics,
  rowsOf,
  scoreMetrics,
} from './metrics.ts';
import { keptMetric, type LastOutcomes, type Standing, type Training } from './training.ts';
import type { TrialState } from './trial-state.ts';

/** Scores of training rows that are held at once; of more rows only what can be summed up on the way is measured. */
const MOST_SCORES = 2e7;

export interface Finished {
  readonly metrics: MetricValues;
  readonly bestEpoch: number | null;
  readonly model: ModelArtifact;
  readonly artifacts: readonly Artifact[];
}

/** Throws E_EXPORT_PARITY. */
export async function finishTrial(
  training: Training,
  standing: Standing & { readonly last: LastOutcomes },
  provenance: Provenance,
): Promise<Finished> {
  const { run, config, data, job } = training;
  const { history, best } = standing.state;
  const isLast = best === null || best.epoch === history.length;
  if (!isLast) {
    if (standing.best === null) throw new Error(`invariant broken: the weights of epoch ${best.epoch} were not kept`);
    run.setParameters(standing.best);
  }
  const parts = await measureParts(training, isLast ? standing.last : {});
  const judged = parts.find(({ part }) => part === 'test') ?? parts[0] ?? null;
  const chosen = measuresAt(history, best?.epoch ?? history.length);
  const ofTraining = await measureTraining(training);
  const metrics: MetricValues = Object.assign({}, chosen, ofTraining, ...parts.map((part) => part.metrics));
  const { model, bytes } = await exportModel(run, data, job, verifyExport, judged);
  const artifacts = await Promise.all([
    writeArtifact(job.folder, 'model.onnx', bytes),
    writeHistory(training, standing, provenance, metrics),
    ...(judged === null ? [] : [writeEvaluation(training, judged)]),
    ...(config.artifacts.checkpoint ? [writeArtifact(job.folder, 'checkpoint.safetensors', run.save())] : []),
  ]);
  return {
    metrics,
    bestEpoch: keptMetric(config) === null ? null : (best?.epoch ?? null),
    model: { ...model, path: artifacts[0]!.path, sha256: artifacts[0]!.sha256 },
    artifacts,
  };
}

interface MeasuredPart {
  readonly part: 'val' | 'test';
  readonly rows: DataRows;
  readonly outcome: PartOutcome & { readonly outputs: Float32Array };
  readonly findings: Findings;
  readonly metrics: MetricValues;
}

/** What the model makes of the rows it learned from; their loss is known from the epoch. */
async function measureTraining({ run, config, data, watched }: Training): Promise<MetricValues> {
  const { train } = data;
  const classes = data.classes?.length ?? null;
  if (train.rows * (classes ?? 1) > MOST_SCORES) return plainMetrics('train', await run.evaluate(train), classes);
  const findings = findingsOf(await run.predict(train), train, classes, config.loss);
  const scores = scoreMetrics(namesOf('train', watched, classes), findings);
  if (findings.type === 'numbers') return scores;
  const evaluation = { loss: Number.NaN, accuracy: accuracyOf(findings.classes.confusion), rows: train.rows };
  return { ...plainMetrics('train', evaluation, classes), ...scores };
}

/** Every metric of the parts that were set aside; `known` is what the last epoch found out already. */
async function measureParts(training: Training, known: LastOutcomes): Promise<readonly MeasuredPart[]> {
  const { run, config, data, watched } = training;
  const classes = data.classes?.length ?? null;
  const measured: MeasuredPart[] = [];
  for (const part of ['val', 'test'] as const) {
    const rows = rowsOf(data, part);
    if (rows === null) continue;
    const names = namesOf(part, watched, classes);
    const { evaluation, outputs: known0 } = known[part] ?? (await evaluatePart(run, rows, names));
    const outputs = known0 ?? (await run.predict(rows));
    const findings = findingsOf(outputs, rows, classes, config.loss);
    const metrics = { ...plainMetrics(part, evaluation, classes), ...scoreMetrics(names, findings) };
    measured.push({ part, rows, outcome: { evaluation, outputs }, findings, metrics });
  }
  return measured;
}

/** All that is measured of a part at the end: what there is of such data, and what a rule asks for. */
function namesOf(part: EvaluatedPart, watched: readonly MetricName[], classes: number | null): readonly MetricName[] {
  const all = metricNamesFor(classes).flatMap((name) => parseMetricName(name) ?? []);
  return [...all, ...watched].filter((metric) => metric.part === part);
}

/** The metrics of an epoch (from 1), without what it says of itself: neither its time nor its rate measures a model. */
export function measuresAt(history: TrialState['history'], epoch: number): MetricValues {
  const { lr: _, epoch_seconds: __, ...metrics } = history[epoch - 1] ?? {};
  return metrics;
}

/** Every epoch, whatever becomes of the result's own history on its way. */
export function writeHistory(
  { job, data, config }: Training,
  { state }: Standing,
  provenance: Provenance,
  metrics: MetricValues,
): Promise<Artifact> {
  const history = {
    format: 'sower history 1',
    ...nameOf(job),
    data: { name: data.name, train_rows: data.train.rows, hash: data.hash },
    provenance,
    batch_size: config.batchSize,
    best_epoch: state.best?.epoch ?? null,
    metrics,
    epochs: state.history.map((entry, i) => ({ epoch: i + 1, ...entry })),
  };
  return writeArtifact(job.folder, 'history.json', `${JSON.stringify(history)}\n`);
}

async function writeEvaluation({ run, config, data, job }: Training, judged: MeasuredPart): Promise<Artifact> {
  const { part, rows, findings, outcome } = judged;
  const source: EvaluationSource = {
    part,
    rows: rows.rows,
    inputShape: rows.shape,
    loss: outcome.evaluation.loss,
    parameters: run.parameters(),
    examples: config.artifacts.examples,
    read: (places) => readRows(rows, places),
  };
  const evaluation =
    findings.type === 'classes'
      ? await classesEvaluation(source, data.classes ?? [], findings.classes)
      : await numbersEvaluation(source, findings.scores, outcome.outputs, rows.labels as Float32Array);
  return writeArtifact(
    job.folder,
    'evaluation.json',
    `${JSON.stringify({ ...nameOf(job), data: outlineData(data), ...evaluation })}\n`,
  );
}

function nameOf({ sweep, trial }: TrainJob) {
  return { sweep, trial: trial.id, configuration: trial.configuration, seed: trial.seed, parameters: trial.params };
}
