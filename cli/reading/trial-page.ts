/** Everything about one trial: parameters, attempts, metrics epoch by epoch, model, and what produced it. */
import { SowerError } from '../../shared/kernel/errors.ts';
import {
  type DoneRecord,
  epochOfEntry,
  type MetricValues,
  type ParameterValue,
  type ParameterValues,
  type SowerEvent,
} from '../../shared/protocol/index.ts';
import { resolveTrain } from '../../shared/sweep/index.ts';
import type { SweepSpec } from '../../shared/sweep/spec.ts';
import {
  formatBytes,
  formatClock,
  formatMetric,
  formatParameter,
  formatSeconds,
  UNKNOWN,
} from '../../shared/view/format.ts';
import { stateGlyph } from '../../shared/view/glyphs.ts';
import type { TrialRow } from '../../shared/view/types.ts';
import type { Output } from '../output/output.ts';
import { formatTable } from '../output/table.ts';
import { labelledWords } from '../output/wrap.ts';
import { toned } from '../watch/trial-line.ts';
import { type Evaluation, evaluationLines } from './evaluation-lines.ts';
import { modelJson, rowJson } from './trial-json.ts';

export interface Attempt {
  readonly attempt: string;
  readonly agent: string;
  readonly slot: number | null;
  readonly startedAt: number | null;
  readonly endedAt: number | null;
  /** `running` where nothing says how it ended. */
  readonly ending: 'running' | 'result' | 'failed' | 'released';
  readonly detail: string | null;
}

export interface TrialFacts {
  readonly sweep: string;
  readonly row: TrialRow;
  readonly record: DoneRecord | null;
  readonly attempts: readonly Attempt[];
  readonly spec: SweepSpec;
  /** Null where the trial left none, or where it lies on another machine. */
  readonly evaluation: Evaluation | null;
}

/** Attempts at a trial in the order in which they appear in the log. */
export function attemptsOf(events: readonly { readonly value: SowerEvent }[], trial: string): readonly Attempt[] {
  const attempts = new Map<string, Attempt>();
  for (const { value: event } of events) {
    if (event.trial !== trial || !('attempt' in event)) continue;
    const before = attempts.get(event.attempt) ?? {
      attempt: event.attempt,
      agent: event.author,
      slot: null,
      startedAt: null,
      endedAt: null,
      ending: 'running' as const,
      detail: null,
    };
    attempts.set(event.attempt, followAttempt(before, event));
  }
  return [...attempts.values()];
}

function followAttempt(attempt: Attempt, event: Extract<SowerEvent, { attempt: string }>): Attempt {
  switch (event.kind) {
    case 'started':
      return { ...attempt, slot: event.slot, startedAt: event.at };
    case 'result':
      return { ...attempt, endedAt: event.at, ending: 'result', detail: event.body.reason };
    case 'failed':
      return { ...attempt, endedAt: event.at, ending: 'failed', detail: `${event.body.cause}: ${event.body.message}` };
    case 'released':
      return { ...attempt, endedAt: event.at, ending: 'released', detail: event.reason };
  }
}

export function trialPage(
  { sweep, row, record, attempts, spec, evaluation }: TrialFacts,
  output: Output,
): readonly string[] {
  const { strong } = output.paint;
  const state = toned(`${stateGlyph(row.state, output.ascii)} ${row.state}`, row.state, output.paint);
  const model = row.model;
  return [
    `${strong(row.trial)} ${state}  ${row.configuration} seed ${row.seed}  sweep ${sweep}`,
    ...(row.reason === null ? [] : [`reason      ${row.reason}`]),
    ...(record?.notes ?? []).map((note) => `${output.paint.warn('warning')}     ${note}`),
    ...spec.parameters.map(
      ({ path }, i) => `${i === 0 ? 'parameters ' : '           '} ${path} = ${exactly(row.params[path])}`,
    ),
    `took        ${formatSeconds(row.seconds)}, ${formatMetric(row.samplesPerSecond)} samples/s`,
    ...attempts.map((attempt, i) => `${i === 0 ? 'attempts   ' : '           '} ${attemptText(attempt)}`),
    ...metricLines(row.metrics, output.columns),
    ...(model === null
      ? []
      : [
          `model       ${model.path}`,
          `            ${formatBytes(model.bytes)}, opset ${model.opset}, largest deviation ${model.maxDeviation.toExponential(1)}, sha256 ${model.sha256}`,
        ]),
    ...artifactLines(record, plannedEpochs(spec, row.params)),
    ...provenanceLines(record),
    ...(evaluation === null ? [] : evaluationLines(evaluation, output)),
    ...(record === null ? [] : historyLines(record, output)),
  ];
}

/** Here a number can be copied to repeat the trial, so it keeps all its digits. */
function exactly(value: ParameterValue | undefined): string {
  return typeof value === 'number' ? String(value) : formatParameter(value);
}

function attemptText({ attempt, agent, slot, startedAt, endedAt, ending, detail }: Attempt): string {
  const from = startedAt === null ? UNKNOWN : formatClock(startedAt);
  const to = endedAt === null ? '' : `-${formatClock(endedAt)}`;
  return `${attempt}  ${agent}:${slot ?? UNKNOWN}  ${from}${to}  ${ending}${detail === null ? '' : ` (${detail})`}`;
}

/** Each part of the data begins a line. */
function metricLines(metrics: MetricValues, width: number): readonly string[] {
  const parts = new Map<string, string[]>();
  for (const [name, value] of Object.entries(metrics)) {
    const part = name.slice(0, name.indexOf('_'));
    parts.set(part, [...(parts.get(part) ?? []), `${name}=${formatMetric(value)}`]);
  }
  return [...parts.values()].flatMap((words, i) => labelledWords(i === 0 ? 'metrics' : '', words, '  ', width));
}

/** Null where the file gives none, or is of a version that this one cannot read. */
function plannedEpochs(spec: SweepSpec, params: ParameterValues): number | null {
  try {
    const config = resolveTrain(spec, params);
    return config.kind === 'builtin' ? config.epochs : null;
  } catch (error) {
    if (error instanceof SowerError) return null;
    throw error;
  }
}

function artifactLines(record: DoneRecord | null, planned: number | null): readonly string[] {
  const early = record !== null && record.state === 'done' && planned !== null && record.epochs < planned;
  const best = record?.bestEpoch === undefined ? [] : [`best epoch  ${record.bestEpoch} of ${record.epochs}`];
  const ended = early ? [`ended       after ${record.epochs} of at most ${planned} epochs`] : [];
  const files = (record?.artifacts ?? []).filter(({ name }) => name !== 'model.onnx');
  return [
    ...ended,
    ...best,
    ...files.map(({ path, bytes }, i) => `${i === 0 ? 'artifacts  ' : '           '} ${path}  ${formatBytes(bytes)}`),
  ];
}

function provenanceLines(record: DoneRecord | null): readonly string[] {
  const origin = record?.provenance ?? null;
  if (origin === null) return [];
  const { engine, engineVersion, provider, threads, code, dataHash, machine } = origin;
  return [
    `produced by ${engine} ${engineVersion} on ${provider}, ${threads} thread${threads === 1 ? '' : 's'}, code ${code}`,
    `            data ${dataHash.slice(0, 12)}, ${machine}`,
  ];
}

function historyLines({ history, epochs }: DoneRecord, output: Output): readonly string[] {
  const names = [...new Set(history.flatMap((epoch) => Object.keys(epoch)))];
  if (names.length === 0) return [];
  const columns = ['epoch', ...names].map((title) => ({ title, align: 'right' }) as const);
  const cells = history.map((epoch, i) => [
    String(epochOfEntry(i, history.length, epochs)),
    ...names.map((name) => formatMetric(epoch[name])),
  ]);
  return ['', ...formatTable(columns, cells, output.columns)];
}

export function trialPageJson({
  sweep,
  row,
  record,
  attempts,
  evaluation,
}: TrialFacts): Readonly<Record<string, unknown>> {
  return {
    sweep,
    ...rowJson(row),
    reason: row.reason,
    attempt_log: attempts.map(({ attempt, agent, slot, startedAt, endedAt, ending, detail }) => ({
      attempt,
      agent,
      slot,
      started_at: startedAt === null ? null : new Date(startedAt).toISOString(),
      ended_at: endedAt === null ? null : new Date(endedAt).toISOString(),
      ending,
      detail,
    })),
    history: record?.history ?? [],
    failure: record?.failure ?? null,
    notes: record?.notes ?? [],
    provenance: record?.provenance ?? null,
    model: row.model === null ? null : modelJson(row.model),
    best_epoch: record?.bestEpoch ?? null,
    artifacts: (record?.artifacts ?? []).map(({ name, path, bytes, sha256 }) => ({ name, path, bytes, sha256 })),
    evaluation,
  };
}
