/** A folder for `tensorboard --logdir`: a run per trial, and what the HParams page needs to compare them. */
import { MessageWriter } from '../../agent/engine/onnx/wire.ts';
import type { ParameterValue } from '../../shared/protocol/index.ts';
import type { ExportedFile } from './destination.ts';
import { eventFile, type Scalar } from './event-file.ts';
import { type ExportedTrial, type ExportSource, epochsOf, finalEpoch, finalMetricNames } from './source.ts';

export function* tensorboardFiles(source: ExportSource): Generator<ExportedFile> {
  yield { path: eventPath('', source.submittedAt), contents: experimentEvents(source) };
  for (const trial of source.trials) {
    const { configuration, seed, at, seconds } = trial.record;
    const startedAt = Math.round(at - seconds * 1000);
    yield {
      path: eventPath(`${configuration}/seed${seed}/`, startedAt),
      contents: trialEvents(trial, startedAt, source.spec.seeds.length > 1),
    };
  }
}

/** Readers look for `tfevents` in the name, and sort by the second that follows. */
function eventPath(run: string, at: number): string {
  return `${run}events.out.tfevents.${String(Math.floor(at / 1000)).padStart(10, '0')}.sower`;
}

function trialEvents({ row, record }: ExportedTrial, startedAt: number, grouped: boolean): Uint8Array {
  const file = eventFile(startedAt);
  file.note(startedAt, hparams('session_start_info', 3, sessionStart(record, startedAt, grouped)));
  for (const { epoch, metrics, at } of epochsOf(record)) file.scalars(at, epoch, scalarsOf(metrics, epochTag));
  const final = scalarsOf(record.metrics, finalTag);
  if (final.length > 0) file.scalars(record.at, finalEpoch(record), final);
  file.note(record.at, hparams('session_end_info', 4, sessionEnd(row.state === 'done', record.at)));
  return file.finish();
}

/** Missing numbers are drawn as gaps: they were not finite, or nothing was measured. */
function scalarsOf(
  metrics: Readonly<Record<string, number | null>>,
  tagOf: (name: string) => string,
): readonly Scalar[] {
  return Object.entries(metrics).map(([name, value]) => ({ tag: tagOf(name), value: value ?? Number.NaN }));
}

/** `val_loss` as `loss/val`: charts are grouped by what stands before the slash. */
export function epochTag(name: string): string {
  const match = /^(train|val|test)_(.+)$/.exec(name);
  return match === null ? `epoch/${name}` : `${match[2]}/${match[1]}`;
}

function finalTag(name: string): string {
  return `final/${name}`;
}

/** Messages of tensorboard/plugins/hparams/plugin_data.proto and api.proto. */
const HPARAMS_VERSION = 0;

function hparams(name: string, field: number, message: MessageWriter) {
  const content = new MessageWriter().int(1, HPARAMS_VERSION).message(field, message);
  return { tag: `_hparams_/${name}`, plugin: 'hparams', content };
}

const TYPE = { string: 1, boolean: 2, number: 3 } as const;

function experimentEvents(source: ExportSource): Uint8Array {
  const { sweep, spec, submittedAt, trials } = source;
  const experiment = new MessageWriter().string(6, sweep).double(3, submittedAt / 1000);
  for (const { path } of spec.parameters) {
    const values = trials.map(({ record }) => plainValue(record.params[path]));
    const types = new Set(values.map((value) => typeof value));
    const [type] = types;
    const known = types.size === 1 ? TYPE[type as keyof typeof TYPE] : TYPE.string;
    const differs = source.varied.includes(path) ? 1 : 0;
    experiment.message(4, new MessageWriter().string(1, path).int(4, known).int(7, differs));
  }
  // The objective comes first, as the page shows the first few.
  const objective = spec.objective.name;
  for (const name of [objective, ...finalMetricNames(trials).filter((one) => one !== objective)]) {
    const metricName = new MessageWriter().string(2, finalTag(name));
    experiment.message(5, new MessageWriter().message(1, metricName).string(3, name));
  }
  const file = eventFile(submittedAt);
  file.note(submittedAt, hparams('experiment', 2, experiment));
  return file.finish();
}

/** Sessions of one group are repetitions: the page shows their mean. */
function sessionStart(
  { params, configuration, seed }: ExportedTrial['record'],
  startedAt: number,
  grouped: boolean,
): MessageWriter {
  const message = new MessageWriter();
  for (const [path, value] of Object.entries(params)) {
    message.message(1, new MessageWriter().string(1, path).message(2, protobufValue(plainValue(value))));
  }
  const group = grouped ? configuration : `${configuration}/seed${seed}`;
  return message.string(4, group).double(5, startedAt / 1000);
}

function sessionEnd(done: boolean, at: number): MessageWriter {
  const [SUCCESS, FAILURE] = [1, 2];
  return new MessageWriter().int(1, done ? SUCCESS : FAILURE).double(2, at / 1000);
}

/** Lists and structures as JSON: the page knows numbers, words and yes or no. */
function plainValue(value: ParameterValue | undefined): string | number | boolean {
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return value;
  return JSON.stringify(value ?? null);
}

/** `google.protobuf.Value` */
function protobufValue(value: string | number | boolean): MessageWriter {
  const message = new MessageWriter();
  if (typeof value === 'number') return message.double(2, value);
  return typeof value === 'string' ? message.string(3, value) : message.int(4, value ? 1 : 0);
}
