import type { JetStreamClient, JetStreamManager } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import type { Log } from '../../kernel/clock.ts';
import type { BusStatus } from '../port.ts';
import type { ServerFeatures } from './features.ts';
import { closedBus, failureKind, translate, unreachable } from './nats-errors.ts';

/**
 * One connection and what every port needs of it: to run a request until its outcome is known.
 *
 * Modes: up -> down (connection lost) -> up (the client library reconnects for ever) ..., and over (closed, final).
 * What was in flight when the connection broke is never answered, so it is run again the moment the connection is back.
 */
export interface Link {
  readonly nc: NatsConnection;
  readonly js: JetStreamClient;
  readonly jsm: JetStreamManager;
  readonly url: string;
  readonly log: Log;
  readonly features: ServerFeatures;
  isUp(): boolean;
  isOver(): boolean;
  /** Runs `once` until its outcome is known; `once` must be safe to repeat. Rejects at the deadline, if there is one. */
  settle<T>(once: (attempt: number) => Promise<T>, deadlineMs?: number): Promise<T>;
  /** Resolves true when connected, false at the deadline; rejects when over. */
  whenUp(deadlineMs: number): Promise<boolean>;
  /** The connection came back, or ended: what was awaited over the old one will never come. */
  onInterruption(listener: () => void): { stop(): void };
  onStatus(listener: (status: BusStatus) => void): { stop(): void };
  /** No more requests; what is still in flight is rejected. */
  end(): void;
}

/** A server that opens its streams, or was never provisioned, answers nothing for this long before we say so. */
const SILENCE_MS = 5_000;
const RETRY_MS = 100;
const INTERRUPTED = Symbol('interrupted');

export type LinkParts = Pick<Link, 'nc' | 'js' | 'jsm' | 'url' | 'log' | 'features'>;

export function createLink(parts: LinkParts): Link {
  const { nc, url, log } = parts;
  let up = true;
  let over = false;
  const interrupts = new Set<() => void>();
  const statusListeners = new Set<(status: BusStatus) => void>();

  const announce = (status: BusStatus) => {
    for (const listener of statusListeners) listener(status);
  };
  const server = () => ({ server: nc.getServer(), version: nc.info?.version ?? '' });
  const interruptAll = () => {
    for (const interrupt of [...interrupts]) interrupt();
  };
  const end = (reason: string) => {
    if (over) return;
    over = true;
    up = false;
    announce({ type: 'closed', reason });
    interruptAll();
  };

  void (async () => {
    for await (const status of nc.status()) {
      if (status.type === 'disconnect' && up && !over) {
        up = false;
        log('warn', 'connection to NATS lost', { url });
        announce({ type: 'disconnected' });
      } else if (status.type === 'reconnect' && !over) {
        up = true;
        log('info', 'connection to NATS is back', { url });
        announce({ type: 'reconnected', ...server() });
        interruptAll();
      }
    }
  })();
  void nc.closed().then((error) => end(error instanceof Error ? error.message : 'closed'));

  /** Resolves as `run` does, or with INTERRUPTED when the connection came back or ended meanwhile. */
  const interruptible = <T>(run: () => Promise<T>): Promise<T | typeof INTERRUPTED> =>
    new Promise((resolve, reject) => {
      const interrupt = () => {
        interrupts.delete(interrupt);
        resolve(INTERRUPTED);
      };
      interrupts.add(interrupt);
      run().then(
        (value) => {
          interrupts.delete(interrupt);
          resolve(value);
        },
        (error) => {
          interrupts.delete(interrupt);
          reject(error);
        },
      );
    });

  const whenUp = async (deadlineMs: number): Promise<boolean> => {
    const until = performance.now() + deadlineMs;
    while (!up) {
      if (over) throw closedBus(url);
      const leftMs = until - performance.now();
      if (leftMs <= 0) return false;
      await interruptible(() => pause(leftMs));
    }
    return true;
  };

  return {
    ...parts,
    isUp: () => up,
    isOver: () => over,
    whenUp,
    end: () => end('closed by this program'),
    async settle(once, deadlineMs = Number.POSITIVE_INFINITY) {
      const until = performance.now() + deadlineMs;
      let silentSince: number | null = null;
      for (let attempt = 1; ; attempt++) {
        if (!up && !(await whenUp(until - performance.now()))) throw unreachable(url);
        try {
          const outcome = await interruptible(() => once(attempt));
          if (outcome !== INTERRUPTED) return outcome;
          if (over) throw closedBus(url);
        } catch (error) {
          const kind = failureKind(error);
          if (kind === 'refused' || over) throw over ? closedBus(url) : translate(error, url);
          if (kind === 'closed') throw closedBus(url);
          silentSince = kind === 'silent' ? (silentSince ?? performance.now()) : null;
          const waitedEnough = silentSince !== null && performance.now() - silentSince > SILENCE_MS;
          if (waitedEnough || performance.now() > until) throw translate(error, url);
          await interruptible(() => pause(RETRY_MS));
        }
      }
    },
    onInterruption: (listener) => register(interrupts, listener),
    onStatus(listener) {
      if (up) queueMicrotask(() => statusListeners.has(listener) && listener({ type: 'connected', ...server() }));
      return register(statusListeners, listener);
    },
  };
}

function register<T>(set: Set<T>, entry: T): { stop(): void } {
  set.add(entry);
  return { stop: () => void set.delete(entry) };
}

/** At most a minute, after which the callers look at their deadline again; never what keeps a process alive. */
function pause(delayMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, Math.min(delayMs, 60_000)).unref());
}
