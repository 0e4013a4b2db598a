import { assertNever } from '../kernel/assert.ts';
import type { ParameterValue } from '../protocol/index.ts';
import { betterFirst } from '../stats/index.ts';
import { canonicalJson, plannedTrials, trialAt } from '../sweep/index.ts';
import type { SweepSpec } from '../sweep/spec.ts';
import { rowOf, untouchedRow } from './rows.ts';
import { objectiveOf, type TrialFold } from './trial-fold.ts';
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
  const matching = matchingTrials(source, query);
  if (sort !== 'trial') {
    const order = orderBy(source, sort);
    matching.sort((a, b) => order(a, b) || a - b);
  }
  if (descending) matching.reverse();
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

type Order = (a: number, b: number) => number;

function orderBy(source: TableSource, sort: Exclude<TrialSort, 'trial'>): Order {
  const { spec, folds, untouched } = source;
  if (typeof sort === 'object') {
    const values = new Map<number, ParameterValue>();
    const valueAt = (index: number) => {
      const known = values.get(index);
      if (known !== undefined) return known;
      const value = (folds.get(index)?.trial ?? trialAt(spec, index)).params[sort.parameter] ?? null;
      values.set(index, value);
      return value;
    };
    return (a, b) => compareValues(valueAt(a), valueAt(b));
  }
  switch (sort) {
    case 'objective': {
      const numberAt = (index: number) => currentObjective(folds.get(index), spec.objective.name);
      return nullsLast(numberAt, (a, b) => betterFirst(spec.objective.goal, a, b));
    }
    case 'state': {
      const placeOf = (index: number) => TRIAL_STATES.indexOf(folds.get(index)?.state ?? untouched);
      return (a, b) => placeOf(a) - placeOf(b);
    }
    case 'seconds':
      return nullsLast((index) => folds.get(index)?.record?.seconds ?? null);
    case 'ended':
      return nullsLast((index) => folds.get(index)?.record?.at ?? null);
    default:
      return assertNever(sort);
  }
}

function currentObjective(fold: TrialFold | undefined, name: string): number | null {
  if (fold === undefined) return null;
  if (fold.record !== null) return fold.record.outcome === 'completed' ? objectiveOf(fold.record.metrics, name) : null;
  const metrics = [...fold.attempts.values()].at(-1)?.metrics;
  return metrics === undefined ? null : objectiveOf(metrics, name);
}

function nullsLast(numberAt: (index: number) => number | null, compare: Order = (a, b) => a - b): Order {
  return (a, b) => {
    const left = numberAt(a);
    const right = numberAt(b);
    if (left === null || right === null) return Number(left === null) - Number(right === null);
    return compare(left, right);
  };
}

function compareValues(a: ParameterValue, b: ParameterValue): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  const left = canonicalJson(a);
  const right = canonicalJson(b);
  return left < right ? -1 : left > right ? 1 : 0;
}
