import type { NatsConnection } from '@nats-io/transport-node';
import type { Log } from '../../kernel/clock.ts';
import type { BusStatus } from '../port.ts';
import { closedBus } from './nats-errors.ts';

/**
 * Where a connection stands.
 *
 * Modes: up -> down (connection lost) -> up (the client library reconnects for ever) ..., and over (closed, final).
 * What was awaited when the connection broke is never answered; whoever awaits it is interrupted the moment the
 * connection is back, or over.
 */
export interface ConnectionState {
  isUp(): boolean;
  isOver(): boolean;
  /** Resolves true when connected, false at the deadline; rejects when over. */
  whenUp(deadlineMs: number): Promise<boolean>;
  /** The connection came back, or ended: what was awaited over the old one will never come. */
  onInterruption(listener: () => void): { stop(): void };
  onStatus(listener: (status: BusStatus) => void): { stop(): void };
  /** Closed by this program; what is still in flight is rejected. */
  end(): void;
}

export const INTERRUPTED = Symbol('interrupted');

export function watchConnection(nc: NatsConnection, url: string, log: Log): ConnectionState {
  let mode: 'up' | 'down' | 'over' = 'up';
  const interruptListeners = new Set<() => void>();
  const statusListeners = new Set<(status: BusStatus) => void>();

  const server = () => ({ server: nc.getServer(), version: nc.info?.version ?? '' });
  const turn = (next: typeof mode, status: BusStatus) => {
    if (mode === next || mode === 'over') return;
    mode = next;
    log(next === 'down' ? 'warn' : 'debug', `connection to NATS: ${status.type}`, { url });
    for (const listener of [...statusListeners]) listener(status);
    if (next !== 'down') for (const listener of [...interruptListeners]) listener();
  };
  void (async () => {
    for await (const status of nc.status()) {
      if (status.type === 'disconnect') turn('down', { type: 'disconnected' });
      if (status.type === 'reconnect') turn('up', { type: 'reconnected', ...server() });
    }
  })();
  void nc.closed().then((error) => turn('over', { type: 'closed', reason: error ? error.message : 'closed' }));

  const onInterruption = (listener: () => void) => register(interruptListeners, listener);
  return {
    isUp: () => mode === 'up',
    isOver: () => mode === 'over',
    onInterruption,
    async whenUp(deadlineMs) {
      const until = performance.now() + deadlineMs;
      while (mode !== 'up') {
        if (mode === 'over') throw closedBus(url);
        const leftMs = until - performance.now();
        if (leftMs <= 0) return false;
        await interruptible({ onInterruption }, () => pause(leftMs));
      }
      return true;
    },
    onStatus(listener) {
      const registered = register(statusListeners, listener);
      const isFirst = () => mode === 'up' && statusListeners.has(listener);
      queueMicrotask(() => isFirst() && listener({ type: 'connected', ...server() }));
      return registered;
    },
    end: () => turn('over', { type: 'closed', reason: 'closed by this program' }),
  };
}

/** Resolves as `run` does, or with INTERRUPTED where that comes first. */
export function interruptible<T>(
  state: Pick<ConnectionState, 'onInterruption'>,
  run: () => Promise<T>,
): Promise<T | typeof INTERRUPTED> {
  return new Promise((resolve, reject) => {
    const interruption = state.onInterruption(() => {
      interruption.stop();
      resolve(INTERRUPTED);
    });
    run()
      .then(resolve, reject)
      .finally(() => interruption.stop());
  });
}

/** At most a minute, after which the callers look at their deadline again; never what keeps a process alive. */
export function pause(delayMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, Math.min(delayMs, 60_000)).unref());
}

function register<T>(set: Set<T>, entry: T): { stop(): void } {
  set.add(entry);
  return { stop: () => void set.delete(entry) };
}
