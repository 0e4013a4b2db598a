/** Everything a report shows of a sweep, from what is stored on the bus and what lies on this machine. */
import type { BestTrial, Course, ReportData } from '../../dashboards/report/data.ts';
import type { Bus } from '../../shared/bus/port.ts';
import { type DoneRecord, epochOfEntry, type Provenance, SOWER_VERSION } from '../../shared/protocol/index.ts';
import type { Ranking } from '../../shared/stats/standing.ts';
import type { TrialState } from '../../shared/view/types.ts';
import { describeData } from './described-data.ts';
import { readEvaluation } from './evaluation.ts';
import { readRecords, type StoredSweep } from './read-sweep.ts';
import { variedPaths } from './varied.ts';

const ENDED: readonly TrialState[] = ['done', 'diverged', 'failed', 'pruned', 'cancelled'];

/** Configurations whose learning curves are drawn. */
const MOST_COURSES = 4;

export interface ReportSource {
  readonly bus: Bus;
  readonly home: string;
  readonly stored: StoredSweep;
  /** Wall-clock milliseconds. */
  readonly now: number;
}

export async function reportData({ bus, home, stored, now }: ReportSource): Promise<ReportData> {
  const { sweep, entry, view } = stored;
  const records = (await readRecords(bus, entry.sweep)).map(({ value }) => value);
  const ranking = view.ranking();
  const best = await bestTrial(ranking, records, home);
  const described = ranking.ranked[0] ?? ranking.unranked[0];
  return {
    sweep: view.sweep,
    hash: sweep.hash,
    spec: view.spec,
    source: entry.source,
    varied: variedPaths(view.spec),
    ranking,
    planned: sweep.plannedTrials,
    trials: view.trials({ states: ENDED, limit: Number.MAX_SAFE_INTEGER }).rows,
    elapsedSeconds: view.snapshot(now).elapsedSeconds,
    writtenAt: now,
    courses: coursesOf(ranking, records),
    best,
    data: described === undefined ? null : describeData(view.spec, described.params, best?.evaluation?.data ?? null),
    notes: view
      .snapshot(now)
      .attention.filter(({ kind }) => kind === 'warning')
      .map(({ title }) => title),
    origins: originsOf(records),
    version: SOWER_VERSION,
  };
}

/** Of the best configurations; what ranks alone is shown, since a mean over the seeds that are left would flatter. */
function coursesOf({ ranked }: Ranking, records: readonly DoneRecord[]): readonly Course[] {
  return ranked.slice(0, MOST_COURSES).map(({ configuration, params }) => ({
    configuration,
    params,
    seeds: records
      .filter((record) => record.configuration === configuration)
      .map(({ seed, history, epochs }) => ({
        seed,
        epochs: history.map((metrics, i) => ({ epoch: epochOfEntry(i, history.length, epochs), metrics })),
      })),
  }));
}

async function bestTrial({ ranked }: Ranking, records: readonly DoneRecord[], home: string): Promise<BestTrial | null> {
  const standing = ranked[0];
  const seed = standing?.bestSeed?.seed;
  const record = records.find((one) => one.configuration === standing?.configuration && one.seed === seed);
  if (standing === undefined || seed === undefined || record === undefined) return null;
  return { trial: record.trial, standing, seed, evaluation: await readEvaluation(record, home) };
}

function originsOf(records: readonly DoneRecord[]): readonly Provenance[] {
  const origins = new Map<string, Provenance>();
  for (const { provenance } of records) {
    if (provenance !== null) origins.set(JSON.stringify(Object.values(provenance)), provenance);
  }
  return [...origins.values()];
}
