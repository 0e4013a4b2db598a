import { assertNever } from '../kernel/assert.ts';
import type { DoneRecord, SowerEvent, TrialReport } from '../protocol/index.ts';
import { canonicalJson, trialAt, trialIndexOf } from '../sweep/index.ts';
import type { Trial, ValidSweep } from '../sweep/spec.ts';
import { type AttemptEvent, foldAttemptEvent, foldReport, newAttempt } from './attempt.ts';
import { addNote } from './attention.ts';
import { createDataHashes } from './data-hashes.ts';
import { createEndings } from './endings.ts';
import { createFleet } from './fleet.ts';
import { createPauses } from './pauses.ts';
import { type Facts, takeSnapshot } from './snapshot.ts';
import { createStandings } from './standings.ts';
import { queryTrials, tableRow } from './table.ts';
import {
  curveOf,
  newTrialFold,
  objectiveOf,
  type Surroundings,
  slotSeconds,
  stateOf,
  type TrialFold,
} from './trial-fold.ts';
import type { SweepView, TrialState, ViewMessage } from './types.ts';

/** An empty view of a sweep. Apply what is stored and what arrives, in any order; the same messages give the same view. */
export function createSweepView(sweep: ValidSweep): SweepView {
  const facts = emptyFacts(sweep);
  let version = 0;
  return {
    sweep: sweep.id,
    spec: sweep.spec,
    get version() {
      return version;
    },
    apply(message) {
      if (applyMessage(facts, message)) version++;
    },
    snapshot: (now) => takeSnapshot(facts, now),
    ranking: () => facts.standings.ranking(),
    trials: (query) => queryTrials(facts, query),
    trial(id) {
      const index = trialIndexOf(facts.spec, id);
      return index === null ? null : tableRow(facts, index);
    },
  };
}

function emptyFacts(sweep: ValidSweep): Facts {
  const counts: Record<TrialState, number> = {
    ready: sweep.plannedTrials,
    running: 0,
    retrying: 0,
    lost: 0,
    done: 0,
    diverged: 0,
    failed: 0,
    pruned: 0,
    cancelled: 0,
  };
  return {
    sweep,
    spec: sweep.spec,
    folds: new Map(),
    untouched: 'ready',
    open: new Set(),
    troubled: new Set(),
    generations: new Map(),
    anomalies: new Set(),
    notes: new Map(),
    dataHashes: createDataHashes(sweep.spec),
    counts,
    fleet: createFleet(),
    endings: createEndings(sweep.spec.objective.goal),
    pauses: createPauses(),
    standings: createStandings(sweep.spec),
    submittedAt: null,
    startedAt: null,
    finished: false,
    usefulSeconds: 0,
    lostSeconds: 0,
  };
}

/** False where the message cannot have changed anything. */
function applyMessage(facts: Facts, message: ViewMessage): boolean {
  switch (message.type) {
    case 'event':
      return message.event.sweep === facts.sweep.id && applyEvent(facts, message.seq, message.event);
    case 'done':
      return message.record.sweep === facts.sweep.id && applyRecord(facts, message.record);
    case 'report':
      return message.report.sweep === facts.sweep.id && applyReport(facts, message.report);
    case 'presence':
      facts.fleet.update(message.agents, message.at);
      refreshOpen(facts);
      return true;
    default:
      return assertNever(message);
  }
}

function applyEvent(facts: Facts, seq: number, event: SowerEvent): boolean {
  switch (event.kind) {
    case 'submitted':
      facts.submittedAt = Math.min(event.at, facts.submittedAt ?? event.at);
      return true;
    case 'planned':
      if (event.gen > (facts.generations.get(event.item) ?? 1)) {
        facts.generations.set(event.item, event.gen);
        refreshOpen(facts);
      }
      return true;
    case 'cancelled':
      return cancel(facts);
    case 'finished':
      facts.finished = true;
      return true;
    case 'started':
    case 'result':
    case 'failed':
    case 'released':
      return applyAttemptEvent(facts, seq, event);
    default:
      return assertNever(event);
  }
}

function applyAttemptEvent(facts: Facts, seq: number, event: AttemptEvent): boolean {
  const fold = foldOf(facts, event.trial);
  if (fold === null) return reject(facts, `event ${seq}`);
  const attempt = fold.attempts.get(event.attempt) ?? newAttempt(event.attempt);
  fold.attempts.set(event.attempt, attempt);
  foldAttemptEvent(attempt, seq, event);
  if (event.kind === 'started') facts.startedAt = Math.min(event.at, facts.startedAt ?? event.at);
  refresh(facts, fold);
  return true;
}

function applyReport(facts: Facts, report: TrialReport): boolean {
  const fold = foldOf(facts, report.trial);
  if (fold === null) return reject(facts, `report ${report.trial}`);
  const attempt = fold.attempts.get(report.attempt) ?? newAttempt(report.attempt);
  fold.attempts.set(report.attempt, attempt);
  foldReport(attempt, report);
  if (fold.record !== null) attempt.history = null;
  refresh(facts, fold);
  return true;
}

function applyRecord(facts: Facts, record: DoneRecord): boolean {
  const index = trialIndexOf(facts.spec, record.trial);
  if (index === null || !isPlanned(trialAt(facts.spec, index), record)) return reject(facts, `record ${record.trial}`);
  const fold = foldAt(facts, index);
  if (fold.record !== null) return false;
  const { history, provenance: _, artifacts: __, notes = [], ...kept } = record;
  // Equal parameters are held once.
  fold.record = { ...kept, params: fold.trial.params, curve: curveOf(history, facts.spec.objective.name) };
  for (const attempt of fold.attempts.values()) attempt.history = null;
  facts.endings.add(fold.record, fold.trial.index, objectiveOf(record.metrics, facts.spec.objective.name));
  facts.standings.add(fold.record);
  for (const note of notes) addNote(facts.notes, note, fold.trial);
  facts.dataHashes.add(record, fold.trial);
  const began = record.at - record.seconds * 1000;
  if (record.attempt !== null) {
    facts.startedAt = Math.min(began, facts.startedAt ?? began);
    facts.pauses.ran(began, record.at);
  }
  refresh(facts, fold);
  return true;
}

/** A record counts only where it is of the trial that the sweep file expands to. */
function isPlanned(trial: Trial, record: DoneRecord): boolean {
  return (
    record.configuration === trial.configuration &&
    record.seed === trial.seed &&
    canonicalJson(record.params) === canonicalJson(trial.params)
  );
}

function reject(facts: Facts, what: string): boolean {
  facts.anomalies.add(what);
  return true;
}

function cancel(facts: Facts): boolean {
  if (facts.untouched === 'cancelled') return false;
  facts.untouched = 'cancelled';
  facts.counts.cancelled += facts.counts.ready;
  facts.counts.ready = 0;
  refreshOpen(facts);
  return true;
}

function foldOf(facts: Facts, id: string): TrialFold | null {
  const index = trialIndexOf(facts.spec, id);
  return index === null ? null : foldAt(facts, index);
}

function foldAt(facts: Facts, index: number): TrialFold {
  const known = facts.folds.get(index);
  if (known !== undefined) return known;
  const fold = newTrialFold(trialAt(facts.spec, index), facts.untouched);
  facts.folds.set(index, fold);
  return fold;
}

/** Brings counts and sets in line with what the trial's messages now say. */
function refresh(facts: Facts, fold: TrialFold): void {
  const state = stateOf(fold, surroundings(facts));
  const { useful, lost } = slotSeconds(fold);
  facts.usefulSeconds += useful - fold.usefulSeconds;
  facts.lostSeconds += lost - fold.lostSeconds;
  fold.usefulSeconds = useful;
  fold.lostSeconds = lost;
  facts.counts[fold.state]--;
  facts.counts[state]++;
  fold.state = state;
  const index = fold.trial.index;
  include(facts.open, index, fold.record === null);
  include(facts.troubled, index, state === 'failed' || state === 'diverged' || state === 'retrying');
}

function include(set: Set<number>, index: number, belongs: boolean): void {
  if (belongs) set.add(index);
  else set.delete(index);
}

/** Trials that have begun and not ended depend on who is there and on what was planned anew. */
function refreshOpen(facts: Facts): void {
  for (const index of facts.open) refresh(facts, facts.folds.get(index) as TrialFold);
}

function surroundings(facts: Facts): Surroundings {
  return {
    cancelled: facts.untouched === 'cancelled',
    isLost: (attempt) => facts.fleet.isLost(attempt),
    generationOf: (item) => facts.generations.get(item) ?? 1,
  };
}
