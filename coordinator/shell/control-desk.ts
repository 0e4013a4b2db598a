import type { Bus } from '../../shared/bus/port.ts';
import { assertNever } from '../../shared/kernel/assert.ts';
import type { Log } from '../../shared/kernel/clock.ts';
import { SowerError } from '../../shared/kernel/errors.ts';
import type { ControlReply, ControlRequest, SweepEntry } from '../../shared/protocol/index.ts';
import { identifySweep, readSpec } from '../../shared/sweep/index.ts';
import { judgeSubmission, type SweepFacts } from '../core/sweep/index.ts';
import type { Session } from './session.ts';

/** Answers people's requests, one after another. */
export function createControlDesk(bus: Bus, session: Session, log: Log) {
  let before: Promise<unknown> = Promise.resolve();
  const answer = async (request: ControlRequest): Promise<ControlReply> => {
    try {
      return await (request.verb === 'submit' ? submit(request.entry) : cancel(request.sweep, request.reason));
    } catch (error) {
      if (!(error instanceof SowerError)) throw error;
      return refused(error.code, error.message, error.fix ?? null);
    }
  };

  async function submit(entry: SweepEntry): Promise<ControlReply> {
    const { hash, id, plannedTrials } = identifySweep(readSpec(entry.spec));
    if (hash !== entry.hash || id !== entry.sweep) return refusedHash(entry, hash);
    const ended = session.endedTrials(entry.sweep);
    if (ended !== null) return { status: 'ok', sweep: entry.sweep, planned: ended, known: true };
    const sweeps = [...session.runners.values()].map((runner) => ({ name: runner.entry.name, state: runner.state }));
    const verdict = judgeSubmission(entry, sweeps);
    switch (verdict.type) {
      case 'conflict':
        return refusedConflict(entry, hash, verdict.other);
      case 'known':
        await session.runners.get(entry.sweep)?.submit();
        return { status: 'ok', sweep: entry.sweep, planned: verdict.planned, known: true };
      case 'new': {
        await bus.sweeps.put(entry);
        await session.add(entry).submit();
        log('info', 'sweep submitted', { sweep: entry.sweep, trials: plannedTrials });
        return { status: 'ok', sweep: entry.sweep, planned: plannedTrials, known: false };
      }
      default:
        return assertNever(verdict);
    }
  }

  async function cancel(sweep: string, reason: string): Promise<ControlReply> {
    const runner = session.runners.get(sweep);
    if (runner === undefined && session.endedTrials(sweep) === null) {
      return refused('E_SWEEP_NOT_FOUND', `there is no sweep ${sweep} here`, 'sower ls shows all');
    }
    if (runner === undefined || runner.state.phase === 'finished') {
      return refused('E_SWEEP_FINISHED', `sweep ${sweep} has ended already`, null);
    }
    await runner.cancel(reason);
    log('info', 'sweep cancelled', { sweep, reason });
    return { status: 'ok', sweep, planned: runner.facts.planned, known: true };
  }

  return (request: ControlRequest): Promise<ControlReply> => {
    const answered = before.then(() => answer(request));
    before = answered.catch(() => undefined);
    return answered;
  };
}

function refusedHash({ sweep, hash }: SweepEntry, actual: string): ControlReply {
  const what = `the sweep ${sweep} says its content is ${hash.slice(0, 12)}, but it is ${actual.slice(0, 12)}`;
  return refused('E_SWEEP_HASH', what, 'use the same version of Sower on both sides');
}

function refusedConflict({ name }: SweepEntry, hash: string, other: SweepFacts): ControlReply {
  const what = `a sweep named "${name}" with other content is running: ${other.hash.slice(0, 12)} there, ${hash.slice(0, 12)} here`;
  return refused(
    'E_SWEEP_CONFLICT',
    what,
    `give this one another name, or end the other with: sower cancel ${other.sweep}`,
  );
}

function refused(code: string, message: string, fix: string | null): ControlReply {
  return { status: 'refused', code, message, fix };
}
