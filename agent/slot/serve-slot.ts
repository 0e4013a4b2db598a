import { assertNever } from '../../shared/kernel/assert.ts';
import type { SlotNews, SlotOrder } from '../shell/slot-protocol.ts';
import { TrialStopped } from '../trainers/port.ts';
import type { Trainers } from '../trainers/registry.ts';
import { failureOf } from './failure.ts';

type TrainOrder = Extract<SlotOrder, { type: 'train' }>;

export interface SlotServer {
  take(order: SlotOrder): void;
}

/**
 * Carries out orders, one attempt at a time.
 *
 * - `idle`: a `train` order starts an attempt; `exit` leaves.
 * - `busy`: `stop` with the attempt's id ends it at the next chunk border; `exit` leaves when it has ended. A second
 *   `train` order breaks the protocol and fails.
 */
export function serveSlot(trainers: Trainers, send: (news: SlotNews) => void, leave: () => void): SlotServer {
  let busy: { readonly attempt: string; readonly abort: AbortController } | null = null;
  let leaving = false;

  async function attemptTrial({ attempt, sweep, spec, trial, folder }: TrainOrder, signal: AbortSignal) {
    try {
      const job = { sweep, spec, trial, folder };
      const result = await trainers.train(job, (report) => send({ type: 'report', attempt, ...report }), signal);
      send({ type: 'result', attempt, result });
    } catch (error) {
      if (error instanceof TrialStopped) send({ type: 'stopped', attempt });
      else send({ type: 'failed', attempt, failure: failureOf(error) });
    }
    busy = null;
    if (leaving) leave();
  }

  return {
    take(order) {
      switch (order.type) {
        case 'train': {
          if (busy !== null)
            throw new Error(`invariant broken: attempt ${order.attempt} came while ${busy.attempt} runs`);
          const abort = new AbortController();
          busy = { attempt: order.attempt, abort };
          void attemptTrial(order, abort.signal);
          return;
        }
        case 'stop':
          // A stop that crossed its attempt's result on the way needs no answer: the result is one.
          if (busy?.attempt === order.attempt) busy.abort.abort();
          return;
        case 'exit':
          leaving = true;
          if (busy === null) leave();
          return;
        default:
          assertNever(order);
      }
    },
  };
}
