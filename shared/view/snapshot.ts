import type { SweepSpec, ValidSweep } from '../sweep/spec.ts';
import { attentionOf, type NoteFacts } from './attention.ts';
import type { DataHashes } from './data-hashes.ts';
import type { Endings } from './endings.ts';
import type { Fleet } from './fleet.ts';
import { paceOf } from './pace.ts';
import type { Pauses } from './pauses.ts';
import { endingOf, runningOf } from './rows.ts';
import type { Standings } from './standings.ts';
import type { TrialFold } from './trial-fold.ts';
import type { RunningTrial, SweepSnapshot, SweepState, TrialState } from './types.ts';

const RECENT_ENDINGS = 50;

/** Everything the messages told, in the form in which single messages change it cheaply. */
export interface Facts {
  readonly sweep: ValidSweep;
  readonly spec: SweepSpec;
  /** Trials that some message named, by index. */
  readonly folds: Map<number, TrialFold>;
  /** State of all other trials. */
  untouched: 'ready' | 'cancelled';
  /** Trials that some message named and that have no record. */
  readonly open: Set<number>;
  /** Failed, diverged and retrying trials. */
  readonly troubled: Set<number>;
  /** Generations above 1, by work item. */
  readonly generations: Map<string, number>;
  readonly anomalies: Set<string>;
  /** What results say to know before they are believed, by text. */
  readonly notes: Map<string, NoteFacts>;
  readonly dataHashes: DataHashes;
  readonly counts: Record<TrialState, number>;
  readonly fleet: Fleet;
  readonly endings: Endings;
  readonly pauses: Pauses;
  readonly standings: Standings;
  submittedAt: number | null;
  startedAt: number | null;
  finished: boolean;
  usefulSeconds: number;
  lostSeconds: number;
}

/** What to show at `now`; costs time for running and troubled trials and for configurations, not for every trial. */
export function takeSnapshot(facts: Facts, now: number): SweepSnapshot {
  const { spec, sweep, counts, endings, pauses, startedAt } = facts;
  const planned = sweep.plannedTrials;
  const ended = counts.done + counts.diverged + counts.failed + counts.pruned + counts.cancelled;
  const state = sweepState(facts, ended);
  const over = state === 'finished' || (state === 'cancelled' && ended === planned);
  const endedAt = over ? endings.timeBefore(0) : null;
  const running = runningTrials(facts);
  const fleet = facts.fleet.rows(now, new Set(running.map(({ agent }) => agent)));
  const starts = running.filter((trial) => trial.state === 'running').map((trial) => trial.startedAt);
  const runningSince = starts.length === 0 ? null : Math.min(...starts);
  const pace = paceOf({ endings, pauses, startedAt, runningSince, planned }, now);
  return {
    sweep: sweep.id,
    spec,
    objective: spec.objective,
    state,
    submittedAt: facts.submittedAt,
    startedAt,
    endedAt,
    elapsedSeconds: startedAt === null ? 0 : Math.max(0, (endedAt ?? now) - startedAt) / 1000,
    planned,
    counts: { ...counts },
    ended,
    progress: planned === 0 ? 1 : ended / planned,
    trialsPerMinute: pace.trialsPerMinute,
    eta: state === 'running' ? pace.eta : null,
    usefulSeconds: facts.usefulSeconds,
    lostSeconds: facts.lostSeconds,
    best: facts.standings.best(),
    bestSteps: endings.bestSteps(),
    running,
    recent: endings.latest(RECENT_ENDINGS).map((record) => endingOf(record, spec.objective.name)),
    attention: attentionOf(spec, foldsAt(facts, facts.troubled), fleet, foldsAt(facts, facts.open), [
      facts.dataHashes.strays(),
      facts.notes,
    ]),
    fleet,
    anomalies: facts.anomalies.size,
  };
}

function sweepState(facts: Facts, ended: number): SweepState {
  if (facts.untouched === 'cancelled') return 'cancelled';
  if (ended === facts.sweep.plannedTrials || facts.finished) return 'finished';
  return facts.startedAt === null ? 'waiting' : 'running';
}

function runningTrials(facts: Facts): readonly RunningTrial[] {
  return foldsAt(facts, facts.open).flatMap((fold) => runningOf(fold, facts.spec) ?? []);
}

/** In trial order, whatever the order in which they came. */
function foldsAt(facts: Facts, indices: ReadonlySet<number>): readonly TrialFold[] {
  return [...indices].sort((a, b) => a - b).map((index) => facts.folds.get(index) as TrialFold);
}
