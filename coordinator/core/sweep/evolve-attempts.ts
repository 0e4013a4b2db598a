/** What agents say of their attempts. The first valid ending of a started attempt decides a trial; all others are late. */
import type { AttemptFailure, FailureCause, SowerEvent, StartedEvent } from '../../../shared/protocol/index.ts';
import { without } from './index-map.ts';
import { FATAL_REPEATS, KILLED_AGENTS_MAX, retryDelayMs } from './retry.ts';
import type { Attempt, LoggedEnding, OpenTrial, SweepState } from './state.ts';
import { isFinal, STATUS } from './status.ts';
import { counted, type SweepTotals, withDuration, withObjective } from './totals.ts';
import { decideTrial, giveBack, openTrial, withStatus, withTrial } from './transitions.ts';
import { byteAt, withByte } from './trial-bytes.ts';

/** Endings kept for a trial whose `started` events are missing. */
const EARLY_ENDINGS_MAX = 8;
const ATTEMPTS_MAX = 255;

export function evolveStarted(state: SweepState, trial: number, event: StartedEvent): SweepState {
  const open = openTrial(state, trial);
  if (isFinal(byteAt(state.status, trial)) || open.attempts.some(({ id }) => id === event.attempt)) return state;
  const attempt: Attempt = { id: event.attempt, agent: event.author, open: true };
  const early = open.early.filter((ending) => ending.event.attempt === event.attempt);
  const attempts = Math.min(ATTEMPTS_MAX, byteAt(state.attempts, trial) + 1);
  let next: SweepState = { ...state, attempts: withByte(state.attempts, trial, attempts) };
  next = withTrial(withStatus(next, trial, 'running'), trial, {
    ...open,
    attempts: [...open.attempts, attempt],
    early: open.early.filter((ending) => ending.event.attempt !== event.attempt),
  });
  if (next.returned.size > 0 && byteAt(state.status, trial) === STATUS.returned) next = noLongerReturned(next, trial);
  for (const ending of early) next = evolveEnding(next, trial, ending);
  return next;
}

export function evolveEnding(state: SweepState, trial: number, ending: LoggedEnding): SweepState {
  const { event } = ending;
  if (isFinal(byteAt(state.status, trial)) || state.phase === 'cancelling') {
    return event.kind === 'result' ? withDuplicate(state) : state;
  }
  const open = openTrial(state, trial);
  const attempt = open.attempts.find(({ id }) => id === event.attempt);
  if (attempt === undefined) {
    if (event.kind === 'failed' && event.body.cause === 'bad_message') return failFor(state, trial, ending, event.body);
    if (open.early.some((other) => other.event.attempt === event.attempt)) return state;
    return withTrial(state, trial, { ...open, early: [...open.early, ending].slice(-EARLY_ENDINGS_MAX) });
  }
  switch (event.kind) {
    case 'result':
      return evolveResult(state, trial, ending.seq, event, attempt);
    case 'failed':
      return attempt.open ? evolveFailed(state, trial, ending, event.body, attempt) : state;
    case 'released':
      return attempt.open ? evolveReleased(state, trial, attempt, ending.at) : state;
  }
}

function evolveResult(
  state: SweepState,
  trial: number,
  seq: number,
  event: Extract<SowerEvent, { kind: 'result' }>,
  attempt: Attempt,
): SweepState {
  const { body } = event;
  const next = decideTrial(state, {
    trial,
    outcome: body.outcome,
    reason: body.reason,
    attempts: byteAt(state.attempts, trial),
    attempt: attempt.id,
    agent: attempt.agent,
    result: body,
    failure: null,
    seq,
  });
  const totals: SweepTotals = {
    ...withDuration(next.totals, body.seconds),
    lastResultAt: Math.max(event.at, next.totals.lastResultAt ?? 0),
    attempts: counted(next.totals.attempts, body.outcome === 'completed' ? 'ok' : body.outcome),
  };
  const value = body.metrics[state.facts.objective];
  if (body.outcome !== 'completed' || typeof value !== 'number') return { ...next, totals };
  const ranked = { trial, value, epochs: body.epochs };
  return { ...next, totals: withObjective(totals, ranked, state.facts.goal, event.at) };
}

function evolveFailed(
  state: SweepState,
  trial: number,
  ending: LoggedEnding,
  failure: AttemptFailure,
  attempt: Attempt,
): SweepState {
  const { cause } = failure;
  const before = openTrial(state, trial);
  const open: OpenTrial = {
    ...closed(before, attempt.id),
    failures: { ...before.failures, [cause]: (before.failures[cause] ?? 0) + 1 },
    lostAgents:
      cause === 'agent_lost' && !before.lostAgents.includes(attempt.agent)
        ? [...before.lostAgents, attempt.agent]
        : before.lostAgents,
    lastFailure: failure,
  };
  const totals = { ...state.totals, attempts: counted(state.totals.attempts, cause) };
  const next = withTrial({ ...state, totals }, trial, open);
  return isFatal(open, cause) ? failFor(next, trial, ending, failure) : tryAgain(next, trial, open, cause, ending.at);
}

function isFatal(open: OpenTrial, cause: FailureCause): boolean {
  if (cause === 'bad_message' || open.lostAgents.length >= KILLED_AGENTS_MAX) return true;
  return (open.failures[cause] ?? 0) >= (FATAL_REPEATS[cause] ?? Number.POSITIVE_INFINITY);
}

function tryAgain(state: SweepState, trial: number, open: OpenTrial, cause: FailureCause, at: number): SweepState {
  if (open.attempts.some((other) => other.open)) return state;
  const totals = { ...state.totals, retries: counted(state.totals.retries, cause) };
  // An agent that is gone leaves its items in the queue: the trial stays with its item, which comes again.
  if (cause === 'agent_lost' && open.item !== null) return withStatus({ ...state, totals }, trial, 'queued');
  const delayMs = retryDelayMs(cause, open.failures[cause] ?? 1);
  return giveBack({ ...state, totals }, trial, open, { seenAt: at, delayMs });
}

/** An agent that released its trial puts the item back itself. */
function evolveReleased(state: SweepState, trial: number, attempt: Attempt, at: number): SweepState {
  const open = closed(openTrial(state, trial), attempt.id);
  const totals = { ...state.totals, attempts: counted(state.totals.attempts, 'released') };
  const next = withTrial({ ...state, totals }, trial, open);
  if (open.attempts.some((other) => other.open)) return next;
  if (open.item !== null) return withStatus(next, trial, 'queued');
  return giveBack(next, trial, open, { seenAt: at, delayMs: 0 });
}

function failFor(state: SweepState, trial: number, { seq, event }: LoggedEnding, failure: AttemptFailure): SweepState {
  const open = openTrial(state, trial);
  const killsAgents = open.lostAgents.length >= KILLED_AGENTS_MAX;
  const next = decideTrial(state, {
    trial,
    outcome: 'failed',
    reason: killsAgents ? `kills_agents: lost with ${open.lostAgents.join(', ')}` : failure.message.slice(0, 300),
    attempts: byteAt(state.attempts, trial),
    attempt: event.attempt,
    agent: open.attempts.find(({ id }) => id === event.attempt)?.agent ?? event.author,
    result: null,
    failure,
    seq,
  });
  return { ...next, totals: { ...next.totals, lastResultAt: Math.max(event.at, next.totals.lastResultAt ?? 0) } };
}

function closed(open: OpenTrial, attempt: string): OpenTrial {
  return {
    ...open,
    attempts: open.attempts.map((other) => (other.id === attempt ? { ...other, open: false } : other)),
  };
}

function noLongerReturned(state: SweepState, trial: number): SweepState {
  return { ...state, returned: without(state.returned, trial) };
}

function withDuplicate(state: SweepState): SweepState {
  return { ...state, totals: { ...state.totals, duplicates: state.totals.duplicates + 1 } };
}
