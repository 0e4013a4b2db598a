import { assertNever } from '../kernel/assert.ts';
import type { DoneRecord, SowerEvent } from '../protocol/index.ts';
import { canonicalJson, trialAt, trialIndexOf } from '../sweep/index.ts';
import type { ValidSweep } from '../sweep/spec.ts';
import type { AuditReport } from './types.ts';

export interface StoredEvent {
  readonly seq: number;
  readonly event: SowerEvent;
}

const SHOWN_PROBLEMS = 100;

/**
 * Proves from the raw log and the raw records, without any fold of the product, that every planned trial is counted at
 * most once and that each count follows from an attempt that was started. Problems beyond 100 are only counted.
 */
export function auditSweep(
  sweep: ValidSweep,
  events: Iterable<StoredEvent>,
  records: Iterable<DoneRecord>,
): AuditReport {
  const problems = createProblems();
  const log = readLog(sweep, events, problems.add);
  const seen = new Map<string, DoneRecord>();
  let duplicates = 0;
  for (const record of records) {
    if (record.sweep !== sweep.id) {
      problems.add(`${record.trial}: its record belongs to sweep ${record.sweep}`);
      continue;
    }
    if (trialIndexOf(sweep.spec, record.trial) === null) {
      problems.add(`${record.trial}: counted, but the sweep has no such trial`);
      continue;
    }
    if (seen.has(record.trial)) {
      duplicates++;
      problems.add(`${record.trial}: counted more than once`);
      continue;
    }
    seen.set(record.trial, record);
    for (const problem of recordProblems(sweep, record, log)) problems.add(`${record.trial}: ${problem}`);
  }
  const count = (state: DoneRecord['state']) => [...seen.values()].filter((record) => record.state === state).length;
  const pending = sweep.plannedTrials - seen.size;
  return {
    sweep: sweep.id,
    planned: sweep.plannedTrials,
    done: count('done'),
    diverged: [...seen.values()].filter(({ outcome }) => outcome === 'diverged').length,
    failed: count('failed'),
    pruned: count('pruned'),
    cancelled: count('cancelled'),
    pending,
    duplicates,
    ok: problems.count === 0 && pending === 0,
    problems: problems.shown(),
  };
}

/** What the records are checked against. */
interface Log {
  readonly bySeq: ReadonlyMap<number, SowerEvent>;
  /** `trial attempt` of every attempt that was started. */
  readonly started: ReadonlySet<string>;
  readonly cancelled: boolean;
}

function readLog(sweep: ValidSweep, events: Iterable<StoredEvent>, problem: (text: string) => void): Log {
  const bySeq = new Map<number, SowerEvent>();
  const started = new Set<string>();
  let cancelled = false;
  for (const { seq, event } of events) {
    if (event.sweep !== sweep.id) continue;
    bySeq.set(seq, event);
    if (event.kind === 'cancelled') cancelled = true;
    if (event.trial === '-') continue;
    if (trialIndexOf(sweep.spec, event.trial) === null) {
      problem(`event ${seq} (${event.kind}) names ${event.trial}, which the sweep does not have`);
    }
    if (event.kind === 'started') started.add(`${event.trial} ${event.attempt}`);
  }
  return { bySeq, started, cancelled };
}

function recordProblems(sweep: ValidSweep, record: DoneRecord, log: Log): readonly string[] {
  const trial = trialAt(sweep.spec, trialIndexOf(sweep.spec, record.trial) as number);
  const problems: string[] = [];
  if (record.configuration !== trial.configuration) {
    problems.push(`recorded as ${record.configuration}, planned as ${trial.configuration}`);
  }
  if (record.seed !== trial.seed) problems.push(`recorded with seed ${record.seed}, planned with ${trial.seed}`);
  if (canonicalJson(record.params) !== canonicalJson(trial.params)) {
    problems.push(`recorded with ${canonicalJson(record.params)}, planned with ${canonicalJson(trial.params)}`);
  }
  return [...problems, ...originProblems(record, log)];
}

/** The event that decided the record has to be there and to say what the record says. */
function originProblems(record: DoneRecord, log: Log): readonly string[] {
  switch (record.state) {
    case 'cancelled':
      return log.cancelled ? [] : ['recorded as cancelled, but the sweep never was'];
    case 'pruned':
      return ['recorded as pruned, but this sweep prunes nothing'];
    case 'done':
    case 'failed':
      break;
    default:
      return assertNever(record.state);
  }
  const kind = record.state === 'done' ? 'result' : 'failed';
  const event = log.bySeq.get(record.event);
  if (event === undefined) return [`its ${kind} event ${record.event} is not in the log`];
  if (event.kind !== kind || event.trial !== record.trial) {
    return [`event ${record.event} is ${event.kind} of ${event.trial}, not its ${kind}`];
  }
  const problems: string[] = [];
  if (event.attempt !== record.attempt) {
    problems.push(`counts attempt ${record.attempt}, but event ${record.event} is of ${event.attempt}`);
  }
  // An item that cannot be read, or is of another file, is refused before anything of it is started.
  const refused = event.kind === 'failed' && event.body.cause === 'bad_message';
  if (!refused && !log.started.has(`${event.trial} ${event.attempt}`)) {
    problems.push(`attempt ${event.attempt} was never started`);
  }
  if (event.kind === 'result') {
    if (canonicalJson(event.body.metrics) !== canonicalJson(record.metrics)) {
      problems.push(`its metrics differ from those of event ${record.event}`);
    }
    if (event.body.outcome !== record.outcome) {
      problems.push(`recorded as ${record.outcome}, but event ${record.event} says ${event.body.outcome}`);
    }
  }
  return problems;
}

function createProblems() {
  const first: string[] = [];
  let count = 0;
  return {
    add(text: string) {
      count++;
      if (first.length < SHOWN_PROBLEMS) first.push(text);
    },
    get count() {
      return count;
    },
    shown: (): readonly string[] => (count > first.length ? [...first, `and ${count - first.length} more`] : first),
  };
}
