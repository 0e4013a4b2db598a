import { assertNever } from '../kernel/assert.ts';
import type { ParameterValue } from '../protocol/index.ts';
import { canonicalJson, isLabelled, plannedTrials, trialAt } from '../sweep/index.ts';
import type { SweepSpec } from '../sweep/spec.ts';
import { rowOf, untouchedRow } from './rows.ts';
import { latestAttempt, objectiveOf, type TrialFold } from './trial-fold.ts';
import {
  TRIAL_STATES,
  type TrialPage,
  type TrialQuery,
  type TrialRow,
  type TrialSort,
  type TrialState,
} from './types.ts';

const DEFAULT_LIMIT = 100;

/** What the table is made from; trials that are not in `folds` are in the state `untouched`. */
export interface TableSource {
  readonly spec: SweepSpec;
  readonly folds: ReadonlyMap<number, TrialFold>;
  readonly untouched: TrialState;
}

/** One page of the trials that match. Rows are built for the page alone. */
export function queryTrials(source: TableSource, query: TrialQuery): TrialPage {
  const { offset = 0, limit = DEFAULT_LIMIT, sort = 'trial', descending = false } = query;
  let matching = matchingTrials(source, query);
  if (sort !== 'trial') matching = sorted(matching, keyBy(source, sort), descending);
  else if (descending) matching.reverse();
  const rows = matching.slice(offset, offset + limit).map((index) => tableRow(source, index));
  return { rows, total: matching.length };
}

export function tableRow({ spec, folds, untouched }: TableSource, index: number): TrialRow {
  const fold = folds.get(index);
  return fold === undefined ? untouchedRow(trialAt(spec, index), untouched) : rowOf(fold, spec);
}

/** Indices in ascending order. */
function matchingTrials({ spec, folds, untouched }: TableSource, { states, configuration }: TrialQuery): number[] {
  const wanted = new Set(states ?? TRIAL_STATES);
  const group = configuration === undefined ? null : Number(configuration.slice(1));
  const first = group === null ? 0 : group * spec.seeds.length;
  const end = group === null ? plannedTrials(spec) : Math.min(plannedTrials(spec), first + spec.seeds.length);
  const matching: number[] = [];
  if (!wanted.has(untouched)) {
    for (const [index, fold] of folds)
      if (index >= first && index < end && wanted.has(fold.state)) matching.push(index);
    return matching.sort((a, b) => a - b);
  }
  for (let index = first; index < end; index++) {
    if (wanted.has(folds.get(index)?.state ?? untouched)) matching.push(index);
  }
  return matching;
}

/** What a trial is sorted by, ascending; null comes last. */
type Key = number | string | null;

function keyBy(source: TableSource, sort: Exclude<TrialSort, 'trial'>): (index: number) => Key {
  const { spec, folds, untouched } = source;
  if (typeof sort === 'object') {
    return (index) => sortableValue((folds.get(index)?.trial ?? trialAt(spec, index)).params[sort.parameter]);
  }
  switch (sort) {
    case 'objective': {
      const sign = spec.objective.goal === 'minimize' ? 1 : -1;
      return (index) => {
        const objective = currentObjective(folds.get(index), spec.objective.name);
        return objective === null ? null : sign * objective;
      };
    }
    case 'state':
      return (index) => TRIAL_STATES.indexOf(folds.get(index)?.state ?? untouched);
    case 'seconds':
      return (index) => folds.get(index)?.record?.seconds ?? null;
    case 'ended':
      return (index) => folds.get(index)?.record?.at ?? null;
    default:
      return assertNever(sort);
  }
}

/** What has no key comes last, whichever way the others go. */
function sorted(indices: readonly number[], keyOf: (index: number) => Key, descending: boolean): number[] {
  const sign = descending ? -1 : 1;
  return indices
    .map((index) => ({ index, key: keyOf(index) }))
    .sort((a, b) => compareNulls(a.key, b.key) || sign * (compareKeys(a.key, b.key) || a.index - b.index))
    .map(({ index }) => index);
}

function compareNulls(a: Key, b: Key): number {
  return Number(a === null) - Number(b === null);
}

/** Numbers before texts. */
function compareKeys(a: Key, b: Key): number {
  if (a === null || b === null) return 0;
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  if (typeof a !== typeof b) return typeof a === 'number' ? -1 : 1;
  return a < b ? -1 : a > b ? 1 : 0;
}

function sortableValue(value: ParameterValue | undefined): Key {
  if (value === undefined || value === null || typeof value === 'number') return value ?? null;
  return isLabelled(value) ? value.label : canonicalJson(value);
}

function currentObjective(fold: TrialFold | undefined, name: string): number | null {
  if (fold === undefined) return null;
  if (fold.record !== null) return fold.record.outcome === 'completed' ? objectiveOf(fold.record.metrics, name) : null;
  const latest = latestAttempt(fold);
  return latest === null ? null : objectiveOf(latest.metrics, name);
}
