import type { ParameterValue } from '../protocol/index.ts';
import { canonicalJson, plannedTrials } from '../sweep/index.ts';
import type { SweepSpec, Trial } from '../sweep/spec.ts';
import { formatAmount } from './format.ts';
import { latestAttempt, type TrialFold } from './trial-fold.ts';
import type { AttentionGroup, FleetRow } from './types.ts';

const SHOWN_TRIALS = 20;
const MOST_GROUPS = 20;

/** What a person should look at: failures by cause, divergence by where it happens, agents that are gone. Folds come in trial order. */
export function attentionOf(
  spec: SweepSpec,
  troubled: readonly TrialFold[],
  fleet: readonly FleetRow[],
  openTrials: readonly TrialFold[],
  notes: readonly ReadonlyMap<string, NoteFacts>[],
): readonly AttentionGroup[] {
  const diverged = troubled.filter(({ state }) => state === 'diverged');
  const failed = troubled.filter((fold) => failureOf(fold) !== null);
  return [
    ...failureGroups(spec, failed),
    ...divergenceGroups(spec, diverged),
    ...lostAgents(fleet, openTrials),
    ...notes.flatMap(warnings),
  ].slice(0, MOST_GROUPS);
}

/** How many results carry a note, and the first of them in trial order. */
export interface NoteFacts {
  readonly count: number;
  readonly first: Trial;
}

export function addNote(notes: Map<string, NoteFacts>, note: string, trial: Trial): void {
  const { count, first } = notes.get(note) ?? { count: 0, first: trial };
  notes.set(note, { count: count + 1, first: trial.index < first.index ? trial : first });
}

function warnings(notes: ReadonlyMap<string, NoteFacts>): readonly AttentionGroup[] {
  return [...notes]
    .sort(([a, { first: x }], [b, { first: y }]) => x.index - y.index || (a < b ? -1 : 1))
    .map(([note, { count, first }]) => ({
      kind: 'warning',
      title: `${formatAmount(count, 'trial')}: ${note}`,
      count,
      trials: [first.id],
      common: [],
      agent: null,
    }));
}

/** Why a trial failed for good, or why its latest attempt did. */
export function failureOf(fold: TrialFold): { readonly cause: string; readonly message: string } | null {
  if (fold.state === 'failed') {
    const failure = fold.record?.failure;
    return { cause: failure?.cause ?? 'failed', message: failure?.message ?? fold.record?.reason ?? 'no reason given' };
  }
  if (fold.state !== 'retrying') return null;
  const latest = latestAttempt(fold);
  // An attempt that was given back (drain, preemption) is nothing to look at.
  if (latest === null || latest.end !== 'failed') return null;
  return { cause: latest.cause ?? 'failed', message: latest.reason ?? 'no reason given' };
}

function failureGroups(spec: SweepSpec, failed: readonly TrialFold[]): readonly AttentionGroup[] {
  const groups = new Map<string, TrialFold[]>();
  for (const fold of failed) {
    const failure = failureOf(fold) as { cause: string; message: string };
    // Numbers (ids, addresses, sizes) differ between trials that failed alike.
    const key = `${fold.state} ${failure.cause} ${firstLine(failure.message).replaceAll(/\d+/g, '#')}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [fold]);
    else group.push(fold);
  }
  return [...groups.values()]
    .sort((a, b) => b.length - a.length)
    .map((group) => {
      const { message } = failureOf(group[0] as TrialFold) as { message: string };
      const verb = group[0]?.state === 'retrying' ? 'to be tried again' : 'failed';
      return groupOf('failure', `${formatAmount(group.length, 'trial')} ${verb}: ${firstLine(message)}`, spec, group);
    });
}

/** One group where all diverged trials share a value, else one per value of the parameter that splits them least. */
function divergenceGroups(spec: SweepSpec, diverged: readonly TrialFold[]): readonly AttentionGroup[] {
  if (diverged.length === 0) return [];
  return splitByCause(spec, diverged)
    .sort((a, b) => b.length - a.length)
    .map((group) => groupOf('divergence', `${formatAmount(group.length, 'trial')} diverged`, spec, group));
}

function splitByCause(spec: SweepSpec, diverged: readonly TrialFold[]): TrialFold[][] {
  if (commonValues(spec, diverged).length > 0) return [[...diverged]];
  let best: TrialFold[][] = [[...diverged]];
  let fewest = Number.POSITIVE_INFINITY;
  for (const path of variedPaths(spec)) {
    const byValue = new Map<string, TrialFold[]>();
    for (const fold of diverged) {
      const value = canonicalJson(fold.trial.params[path]);
      const same = byValue.get(value);
      if (same === undefined) byValue.set(value, [fold]);
      else same.push(fold);
    }
    if (byValue.size >= fewest || byValue.size > diverged.length / 2) continue;
    fewest = byValue.size;
    best = [...byValue.values()];
  }
  return best;
}

function groupOf(kind: 'failure' | 'divergence', title: string, spec: SweepSpec, group: readonly TrialFold[]) {
  return {
    kind,
    title,
    count: group.length,
    trials: group.slice(0, SHOWN_TRIALS).map(({ trial }) => trial.id),
    common: commonValues(spec, group),
    agent: null,
  };
}

function lostAgents(fleet: readonly FleetRow[], openTrials: readonly TrialFold[]): readonly AttentionGroup[] {
  return fleet
    .filter(({ state }) => state === 'lost')
    .map((row) => {
      const mine = openTrials.filter((fold) => fold.state === 'lost' && latestAttempt(fold)?.agent === row.agent);
      const silent = row.ageMs === null ? '' : ` for ${Math.round(row.ageMs / 1000)} s`;
      const trials = mine.length === 0 ? '' : `, ${formatAmount(mine.length, 'trial')} with it`;
      return {
        kind: 'lost_agent' as const,
        title: `agent ${row.agent} not heard of${silent}${trials}`,
        count: mine.length,
        trials: mine.slice(0, SHOWN_TRIALS).map(({ trial }) => trial.id),
        common: [],
        agent: row.agent,
      };
    });
}

/** Values that every trial of the group has; with a single trial all its values. */
function commonValues(spec: SweepSpec, group: readonly TrialFold[]): AttentionGroup['common'] {
  const first = group[0];
  if (first === undefined || group.length === plannedTrials(spec)) return [];
  return variedPaths(spec).flatMap((path) => {
    const value = first.trial.params[path] as ParameterValue;
    const text = canonicalJson(value);
    return group.every(({ trial }) => canonicalJson(trial.params[path]) === text) ? [{ path, value }] : [];
  });
}

function variedPaths(spec: SweepSpec): readonly string[] {
  return spec.parameters
    .filter(({ distribution }) => {
      if (distribution.type === 'constant') return false;
      return distribution.type !== 'categorical' || distribution.values.length > 1;
    })
    .map(({ path }) => path);
}

function firstLine(message: string): string {
  const line = message.split('\n', 1)[0] as string;
  return line.length > 120 ? `${line.slice(0, 117)}...` : line;
}
