import { EXIT, SowerError } from '../../shared/kernel/errors.ts';
import { hintAmong } from '../../shared/sweep/index.ts';
import type { SweepSpec } from '../../shared/sweep/spec.ts';
import {
  formatAmount,
  formatCount,
  formatEpoch,
  formatMetric,
  formatParameter,
  formatSeconds,
  UNKNOWN,
} from '../../shared/view/format.ts';
import { stateGlyph } from '../../shared/view/glyphs.ts';
import {
  TRIAL_STATES,
  type TrialQuery,
  type TrialRow,
  type TrialSort,
  type TrialState,
} from '../../shared/view/types.ts';
import type { Output } from '../output/output.ts';
import { type Column, formatCsvRow, formatTable } from '../output/table.ts';
import { withBus } from '../reading/open-bus.ts';
import { readSweep } from '../reading/read-sweep.ts';
import { findSweep } from '../reading/sweeps.ts';
import { rowJson } from '../reading/trial-json.ts';
import { variedPaths } from '../reading/varied.ts';
import { toned } from '../watch/trial-line.ts';
import type { Verb } from './verb.ts';

interface TrialsFlags {
  readonly state?: string;
  readonly sort: string;
  readonly limit?: number;
  readonly csv?: boolean;
}

/** `sower trials [SWEEP]` */
export const trials: Verb = async (context, { args, flags }) => {
  const { state, sort, limit, csv } = flags as unknown as TrialsFlags;
  if (csv === true && context.json) {
    throw new SowerError('E_USAGE', '--csv and --json are two forms of the same table', {
      fix: 'give one of them',
      exit: EXIT.usage,
    });
  }
  const states = state === undefined ? undefined : parseStates(state);
  return withBus(context, async (bus) => {
    const { view } = await readSweep(bus, await findSweep(bus, args[0]));
    const query: TrialQuery = {
      sort: parseSort(sort, view.spec),
      limit: limit ?? Number.MAX_SAFE_INTEGER,
      ...(states === undefined ? {} : { states }),
    };
    const { rows, total } = view.trials(query);
    const { output } = context;
    if (context.json) {
      for (const row of rows) output.line(JSON.stringify(rowJson(row)));
    } else if (csv === true) {
      for (const line of csvLines(rows, view.spec)) output.line(line);
    } else {
      for (const line of tableLines(rows, view.spec, output)) output.line(line);
      if (rows.length < total)
        output.note(`${formatCount(rows.length)} of ${formatAmount(total, 'trial')}; more with --limit`);
    }
    return EXIT.ok;
  });
};

function parseStates(text: string): readonly TrialState[] {
  return text.split(',').map((word) => {
    const state = TRIAL_STATES.find((known) => known === word.trim());
    if (state !== undefined) return state;
    const fix = hintAmong(word.trim(), TRIAL_STATES, 'states');
    throw new SowerError('E_USAGE', `--state: "${word.trim()}" is no state of a trial`, { fix, exit: EXIT.usage });
  });
}

const SORT_KEYS = ['trial', 'objective', 'state', 'seconds', 'ended'] as const;

function parseSort(text: string, spec: SweepSpec): TrialSort {
  const key = SORT_KEYS.find((known) => known === text);
  if (key !== undefined) return key;
  const paths = spec.parameters.map(({ path }) => path);
  if (paths.includes(text)) return { parameter: text };
  const fix = hintAmong(text, [...SORT_KEYS, ...paths], 'keys');
  throw new SowerError('E_USAGE', `--sort: trials have no "${text}"`, { fix, exit: EXIT.usage });
}

function tableLines(rows: readonly TrialRow[], spec: SweepSpec, output: Output): readonly string[] {
  const paths = variedPaths(spec);
  const right = (title: string): Column => ({ title, align: 'right' });
  const left = (title: string): Column => ({ title, align: 'left' });
  const columns = [
    left('trial'),
    left('state'),
    right(spec.objective.name),
    left('config'),
    ...paths.map(right),
    right('seed'),
    right('epoch'),
    right('took'),
    left('agent'),
    left('reason'),
  ];
  const cells = rows.map((row) => [
    row.trial,
    `${stateGlyph(row.state, output.ascii)} ${row.state}`,
    formatMetric(row.objective),
    row.configuration,
    ...paths.map((path) => formatParameter(row.params[path])),
    String(row.seed),
    formatEpoch(row),
    formatSeconds(row.seconds),
    agentText(row),
    row.reason ?? '',
  ]);
  return formatTable(columns, cells, output.columns, (text, row, column) => {
    const state = rows[row]?.state;
    return column === 1 && state !== undefined ? toned(text, state, output.paint) : text;
  });
}

function agentText({ agent, slot }: TrialRow): string {
  if (agent === null) return UNKNOWN;
  return slot === null ? agent : `${agent}:${slot}`;
}

/** One column per parameter and per metric that any trial has. */
function csvLines(rows: readonly TrialRow[], spec: SweepSpec): readonly string[] {
  const paths = spec.parameters.map(({ path }) => path);
  const metrics = [...new Set(rows.flatMap((row) => Object.keys(row.metrics)))].sort();
  const header = ['trial', 'configuration', 'seed', 'state', 'outcome', 'attempts', 'agent', 'epochs', 'seconds'];
  const text = (value: unknown) => (value === null || value === undefined ? '' : String(value));
  return [
    formatCsvRow([...header, ...paths, ...metrics, 'model']),
    ...rows.map((row) =>
      formatCsvRow([
        ...[row.trial, row.configuration, row.seed, row.state, row.outcome, row.attempts].map(text),
        ...[row.agent, row.epoch, row.seconds].map(text),
        ...paths.map((path) => csvParameter(row.params[path])),
        ...metrics.map((name) => text(row.metrics[name])),
        row.model?.path ?? '',
      ]),
    ),
  ];
}

function csvParameter(value: unknown): string {
  if (value === undefined || value === null) return '';
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
