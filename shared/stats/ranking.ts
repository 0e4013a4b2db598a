import type { DoneRecord } from '../protocol/index.ts';
import { isTestMetric } from '../sweep/metric-names.ts';
import type { Goal, Objective, SweepSpec } from '../sweep/spec.ts';
import { describeValues, pairedDiffer } from './describe.ts';
import type { Comparison, Ranking, SeedValue, Standing, StandingState } from './standing.ts';

/** What a ranking needs to know of an ended trial; a DONE record has all of it. */
export type EndedTrial = Pick<DoneRecord, 'configuration' | 'seed' | 'params' | 'outcome' | 'metrics'>;

/**
 * Configurations by the mean of the objective over all seeds. Only those rank whose every seed ended with a value; the
 * others are listed apart, so that a crash or a divergence is never averaged away.
 */
export function rankConfigurations(records: Iterable<EndedTrial>, spec: SweepSpec): Ranking {
  const groups = new Map<string, EndedTrial[]>();
  for (const record of records) {
    const group = groups.get(record.configuration);
    if (group === undefined) groups.set(record.configuration, [record]);
    else if (!group.some(({ seed }) => seed === record.seed)) group.push(record);
  }
  return rankStandings(
    [...groups.values()].map((group) => standingOf(group, spec)),
    spec.objective,
  );
}

/** One configuration's standing, before it is compared with the others. */
export function standingOf(group: readonly EndedTrial[], spec: SweepSpec): Standing {
  const { objective, seeds } = spec;
  const first = group[0] as EndedTrial;
  const bySeed = new Map(group.map((trial) => [trial.seed, trial]));
  const values: SeedValue[] = [];
  for (const seed of seeds) {
    const trial = bySeed.get(seed);
    const value = trial?.outcome === 'completed' ? trial.metrics[objective.name] : null;
    if (typeof value === 'number' && Number.isFinite(value)) values.push({ seed, value });
  }
  const described = describeValues(values.map(({ value }) => value));
  const failed = group.filter(({ outcome }) => outcome === 'failed').length;
  const diverged = group.filter(({ outcome }) => outcome === 'diverged').length;
  const sorted = [...values].sort((a, b) => betterFirst(objective.goal, a.value, b.value));
  return {
    configuration: first.configuration,
    params: first.params,
    state: stateOf(failed, diverged, values.length === seeds.length),
    rank: null,
    comparison: null,
    planned: seeds.length,
    n: values.length,
    mean: described?.mean ?? null,
    sd: described?.sd ?? null,
    ci95: described?.ci95 ?? null,
    median: described?.median ?? null,
    bestSeed: sorted[0] ?? null,
    worstSeed: sorted[sorted.length - 1] ?? null,
    diverged,
    failed,
    values,
  };
}

function stateOf(failed: number, diverged: number, complete: boolean): StandingState {
  if (failed > 0) return 'failed';
  if (diverged > 0) return 'diverged';
  return complete ? 'complete' : 'incomplete';
}

/** Orders standings and compares each with the best, paired over common seeds. */
export function rankStandings(standings: readonly Standing[], objective: Objective): Ranking {
  const complete = standings.filter(({ state }) => state === 'complete');
  const sorted = complete.sort(
    (a, b) =>
      betterFirst(objective.goal, a.mean as number, b.mean as number) || byName(a.configuration, b.configuration),
  );
  const best = sorted[0];
  return {
    objective,
    onTestData: isTestMetric(objective.name),
    ranked: sorted.map((standing, index) => ({
      ...standing,
      rank: index + 1,
      comparison: standing === best ? 'best' : compareWith(best as Standing, standing),
    })),
    unranked: standings
      .filter(({ state }) => state !== 'complete')
      .sort((a, b) => byName(a.configuration, b.configuration)),
  };
}

function compareWith(best: Standing, other: Standing): Comparison {
  const bySeed = new Map(best.values.map(({ seed, value }) => [seed, value]));
  const differences = other.values.flatMap(({ seed, value }) => {
    const pair = bySeed.get(seed);
    return pair === undefined ? [] : [value - pair];
  });
  const differ = pairedDiffer(differences);
  if (differ === null) return 'untested';
  return differ ? 'worse' : 'tied';
}

/** Negative where `a` is better. */
export function betterFirst(goal: Goal, a: number, b: number): number {
  return goal === 'minimize' ? a - b : b - a;
}

/** Ids in the order of their numbers: `c9999` before `c10000`. */
function byName(a: string, b: string): number {
  return a.length - b.length || (a < b ? -1 : a > b ? 1 : 0);
}
