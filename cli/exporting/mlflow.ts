/**
 * A folder that MLflow reads as a file store (`mlruns`): an experiment per sweep, a run per trial.
 *
 * Source: mlflow/store/tracking/file_store.py. Values of meta.yaml are written as JSON, which is YAML.
 */
import { createHash } from 'node:crypto';
import { pathToFileURL } from 'node:url';
import type { ParameterValue } from '../../shared/protocol/index.ts';
import type { ExportedFile } from './destination.ts';
import { type ExportedTrial, type ExportSource, epochsOf, finalEpoch } from './source.ts';

export interface MlflowOptions {
  /** Absolute folder that the files are for; MLflow wants to know where its artifacts lie. */
  readonly folder: string;
  /** Path of an artifact on this machine, checked by its hash; null where it lies elsewhere. */
  readonly pathOf: (sha256: string) => string | null;
}

/** As in mlflow.entities.RunStatus. */
const STATUS = { done: 3, failed: 4, killed: 5 } as const;

export function* mlflowFiles(source: ExportSource, options: MlflowOptions): Generator<ExportedFile> {
  const { sweep, hash, submittedAt } = source;
  const experiment = experimentId(hash);
  const root = `${pathToFileURL(options.folder)}/${experiment}`;
  yield {
    path: `${experiment}/meta.yaml`,
    contents: yaml({
      artifact_location: root,
      creation_time: submittedAt,
      experiment_id: experiment,
      last_update_time: Math.max(submittedAt, ...source.trials.map(({ record }) => record.at)),
      lifecycle_stage: 'active',
      name: sweep,
    }),
  };
  const tags = { 'mlflow.note.content': source.spec.description, 'sower.sweep_hash': hash };
  yield* Object.entries(tags).map(([name, contents]) => ({ path: `${experiment}/tags/${name}`, contents }));
  for (const trial of source.trials) {
    const run = runId(sweep, trial.record.trial);
    for (const file of runFiles(trial, source, { ...options, root, experiment, run })) {
      yield { ...file, path: `${experiment}/${run}/${file.path}` };
    }
  }
}

interface RunPlace extends MlflowOptions {
  /** URI of the experiment's folder. */
  readonly root: string;
  readonly experiment: string;
  readonly run: string;
}

function* runFiles(trial: ExportedTrial, source: ExportSource, place: RunPlace): Generator<ExportedFile> {
  const { record } = trial;
  yield { path: 'meta.yaml', contents: yaml(runMeta(trial, place)) };
  const params: Record<string, ParameterValue> = { seed: record.seed, ...record.params };
  for (const [name, value] of Object.entries(params)) {
    yield { path: `params/${name}`, contents: typeof value === 'string' ? value : JSON.stringify(value) };
  }
  for (const [name, lines] of metricLines(record)) yield { path: `metrics/${name}`, contents: lines.join('') };
  for (const [name, value] of tagsOf(trial, source)) yield { path: `tags/${name}`, contents: value };
  for (const { name, sha256 } of record.artifacts ?? []) {
    const path = place.pathOf(sha256);
    if (path !== null) yield { path: `artifacts/${name}`, sameAs: path };
  }
}

function runMeta(
  { row, record }: ExportedTrial,
  { root, experiment, run }: RunPlace,
): Readonly<Record<string, unknown>> {
  return {
    artifact_uri: `${root}/${run}/artifacts`,
    end_time: record.at,
    entry_point_name: '',
    experiment_id: experiment,
    lifecycle_stage: 'active',
    run_id: run,
    run_name: runName(record),
    run_uuid: run,
    source_name: '',
    source_type: 4,
    source_version: '',
    start_time: Math.round(row.startedAt ?? record.at - record.seconds * 1000),
    status: row.state === 'done' ? STATUS.done : row.state === 'cancelled' ? STATUS.killed : STATUS.failed,
    tags: [],
    user_id: 'sower',
  };
}

/**
 * `timestamp value step`, a line each. MLflow shows the latest step of a metric as its value, and what a trial is worth is
 * not always its latest epoch (`best_weights`): the final metrics have their plain names, those of epochs `epoch/<name>`.
 */
function metricLines(record: ExportedTrial['record']): ReadonlyMap<string, readonly string[]> {
  const lines = new Map<string, string[]>();
  const add = (name: string, at: number, value: number | null, step: number) => {
    const known = lines.get(name) ?? [];
    if (known.push(`${at} ${value ?? 'nan'} ${step}\n`) === 1) lines.set(name, known);
  };
  for (const { epoch, metrics, at } of epochsOf(record)) {
    for (const [name, value] of Object.entries(metrics)) add(`epoch/${name}`, at, value, epoch);
  }
  for (const [name, value] of Object.entries(record.metrics)) add(name, record.at, value, finalEpoch(record));
  return lines;
}

function tagsOf({ row, record }: ExportedTrial, { sweep }: ExportSource): readonly (readonly [string, string])[] {
  const { provenance } = record;
  const tags: Readonly<Record<string, string | null | undefined>> = {
    'mlflow.runName': runName(record),
    'mlflow.user': 'sower',
    'mlflow.source.name': `sower ${sweep}`,
    'mlflow.source.type': 'LOCAL',
    'sower.sweep': sweep,
    'sower.trial': record.trial,
    'sower.configuration': record.configuration,
    'sower.state': row.state,
    'sower.reason': row.reason,
    'sower.agent': record.agent,
    'sower.machine': provenance?.machine,
    'sower.engine': provenance === null ? null : `${provenance.engine} ${provenance.engineVersion}`,
    'sower.provider': provenance?.provider,
    'sower.code': provenance?.code,
    'sower.data_hash': provenance?.dataHash,
    'sower.model_sha256': record.model?.sha256,
  };
  return Object.entries(tags).flatMap(([name, value]) =>
    value === null || value === undefined ? [] : [[name, value]],
  );
}

function runName({ configuration, seed }: ExportedTrial['record']): string {
  return `${configuration} seed ${seed}`;
}

/** 18 digits, as MLflow draws them; the same sweep has the same. */
function experimentId(hash: string): string {
  return String(10n ** 17n + (BigInt(`0x${hash.slice(0, 16)}`) % (9n * 10n ** 17n)));
}

function runId(sweep: string, trial: string): string {
  return createHash('sha256').update(`${sweep}/${trial}`).digest('hex').slice(0, 32);
}

function yaml(values: Readonly<Record<string, unknown>>): string {
  return Object.entries(values)
    .map(([name, value]) => `${name}: ${JSON.stringify(value)}\n`)
    .join('');
}
