import type { JetStreamClient, JetStreamManager } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import type { Log } from '../../kernel/clock.ts';
import { type ConnectionState, INTERRUPTED, interruptible, pause, watchConnection } from './connection-state.ts';
import type { ServerFeatures } from './features.ts';
import { closedBus, failureKind, translate, unreachable } from './nats-errors.ts';

/** One connection and what every port needs of it. */
export interface Link extends ConnectionState {
  readonly nc: NatsConnection;
  readonly js: JetStreamClient;
  readonly jsm: JetStreamManager;
  readonly url: string;
  readonly log: Log;
  readonly features: ServerFeatures;
  /** Runs `once` until its outcome is known; `once` must be safe to repeat. Rejects at the deadline, if there is one. */
  settle<T>(once: (attempt: number) => Promise<T>, deadlineMs?: number): Promise<T>;
}

/** A server that opens its streams, or was never provisioned, answers nothing for this long before we say so. */
const SILENCE_MS = 5_000;
const RETRY_MS = 100;

export type LinkParts = Pick<Link, 'nc' | 'js' | 'jsm' | 'url' | 'log' | 'features'>;

export function createLink(parts: LinkParts): Link {
  const { nc, url, log } = parts;
  const state = watchConnection(nc, url, log);
  return {
    ...parts,
    ...state,
    async settle(once, deadlineMs = Number.POSITIVE_INFINITY) {
      const until = performance.now() + deadlineMs;
      let silentSince: number | null = null;
      for (let attempt = 1; ; attempt++) {
        if (!state.isUp() && !(await state.whenUp(until - performance.now()))) throw unreachable(url);
        try {
          const outcome = await interruptible(state, () => once(attempt));
          if (outcome !== INTERRUPTED) return outcome;
          if (state.isOver()) throw closedBus(url);
        } catch (error) {
          const kind = failureKind(error);
          if (state.isOver() || kind === 'closed') throw closedBus(url);
          if (kind === 'refused') throw translate(error, url);
          silentSince = kind === 'silent' ? (silentSince ?? performance.now()) : null;
          const waitedEnough = silentSince !== null && performance.now() - silentSince > SILENCE_MS;
          if (waitedEnough || performance.now() > until) throw translate(error, url);
          await interruptible(state, () => pause(RETRY_MS));
        }
      }
    },
  };
}
