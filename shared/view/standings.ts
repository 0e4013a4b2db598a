import {
  betterFirst,
  type EndedTrial,
  type Ranking,
  rankStandings,
  type Standing,
  standingOf,
} from '../stats/index.ts';
import type { SweepSpec } from '../sweep/spec.ts';

/** Standings of configurations, kept up to date one trial at a time. */
export interface Standings {
  add(trial: EndedTrial): void;
  ranking(): Ranking;
  /** The best complete configuration, without comparing all others with it. */
  best(): Standing | null;
}

export function createStandings(spec: SweepSpec): Standings {
  const groups = new Map<string, EndedTrial[]>();
  const standings = new Map<string, Standing>();
  const stale = new Set<string>();
  let ranking: Ranking | null = null;

  const refresh = () => {
    for (const configuration of stale) {
      standings.set(configuration, standingOf(groups.get(configuration) as EndedTrial[], spec));
    }
    stale.clear();
  };

  return {
    add(trial) {
      const group = groups.get(trial.configuration);
      if (group === undefined) groups.set(trial.configuration, [trial]);
      else group.push(trial);
      stale.add(trial.configuration);
      ranking = null;
    },
    ranking() {
      refresh();
      ranking ??= rankStandings([...standings.values()], spec.objective);
      return ranking;
    },
    best() {
      refresh();
      let best: Standing | null = null;
      for (const standing of standings.values()) {
        if (standing.state !== 'complete') continue;
        if (best === null || isBetter(standing, best, spec)) best = standing;
      }
      return best === null ? null : { ...best, rank: 1, comparison: 'best' };
    },
  };
}

function isBetter(a: Standing, b: Standing, spec: SweepSpec): boolean {
  const order = betterFirst(spec.objective.goal, a.mean as number, b.mean as number);
  if (order !== 0) return order < 0;
  const shorter = a.configuration.length - b.configuration.length;
  return shorter === 0 ? a.configuration < b.configuration : shorter < 0;
}
