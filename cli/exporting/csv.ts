/** One row per trial (RFC 4180, UTF-8), for spreadsheets and data frames; column names are a contract. */
import type { ParameterValue } from '../../shared/protocol/index.ts';
import { type ExportedTrial, type ExportSource, finalMetricNames } from './source.ts';

type Cell = ParameterValue | undefined;

type Column = readonly [name: string, cell: (trial: ExportedTrial) => Cell];

/** Lines of the table, header first, without their line ends (CR LF). */
export function* csvLines(source: ExportSource): Generator<string> {
  const columns = columnsOf(source);
  yield columns.map(([name]) => csvCell(name)).join(',');
  for (const trial of source.trials) yield columns.map(([, cell]) => csvCell(cell(trial))).join(',');
}

/** Parameters and metrics are prefixed, because a sweep file may call a parameter `seed` or `state`. */
function columnsOf({ sweep, spec, trials }: ExportSource): readonly Column[] {
  return [
    ['sweep', () => sweep],
    ['trial', ({ record }) => record.trial],
    ['configuration', ({ record }) => record.configuration],
    ['seed', ({ record }) => record.seed],
    ...spec.parameters.map(({ path }): Column => [`params.${path}`, ({ record }) => record.params[path]]),
    ['state', ({ row }) => row.state],
    ['reason', ({ row }) => row.reason],
    ['notes', ({ record }) => record.notes?.join('; ')],
    ...finalMetricNames(trials).map((name): Column => [`metrics.${name}`, ({ record }) => record.metrics[name]]),
    ['epochs', ({ record }) => record.epochs],
    ['best_epoch', ({ record }) => record.bestEpoch],
    ['steps', ({ record }) => record.steps],
    ['started_at', ({ row }) => isoTime(row.startedAt)],
    ['ended_at', ({ row }) => isoTime(row.endedAt)],
    ['seconds', ({ record }) => record.seconds],
    ['samples_per_second', ({ record }) => record.samplesPerSecond],
    ['attempts', ({ record }) => record.attempts],
    ['agent', ({ record }) => record.agent],
    ['machine', ({ record }) => record.provenance?.machine],
    ['engine', ({ record }) => record.provenance?.engine],
    ['engine_version', ({ record }) => record.provenance?.engineVersion],
    ['provider', ({ record }) => record.provenance?.provider],
    ['threads', ({ record }) => record.provenance?.threads],
    ['code', ({ record }) => record.provenance?.code],
    ['data_hash', ({ record }) => record.provenance?.dataHash],
    ['model_sha256', ({ record }) => record.model?.sha256],
    ['model_path', ({ record }) => record.model?.path],
  ];
}

export function isoTime(at: number | null): string | null {
  return at === null ? null : new Date(at).toISOString();
}

/**
 * Empty where there is no value. Text that a spreadsheet would take for a formula gets an apostrophe in front (numbers are
 * left alone, negative ones too): names and messages may come from anybody.
 */
export function csvCell(value: Cell): string {
  if (value === null || value === undefined) return '';
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
