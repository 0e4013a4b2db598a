/**
 * The coordinator of one process: connected, waiting for the lease or leading, until it is stopped or cannot go on.
 */
import { setTimeout as pause } from 'node:timers/promises';
import type { Bus, BusStatus } from '../../shared/bus/port.ts';
import type { Clock, Log } from '../../shared/kernel/clock.ts';
import { EXIT, type ExitCode, SowerError } from '../../shared/kernel/errors.ts';
import { createMetricRegistry } from '../../shared/metrics/index.ts';
import { createControlDesk } from './control-desk.ts';
import { type Exposition, exposeCoordinator } from './exposition.ts';
import type { Journal } from './journal.ts';
import { Leadership } from './leadership.ts';
import type { CoordinatorLimits } from './limits.ts';
import { LiveReports } from './live-reports.ts';
import type { Health } from './pages.ts';
import { Session } from './session.ts';

export interface CoordinatorParts {
  readonly name: string;
  readonly bus: Bus;
  /** Opened by whoever leads, so that a standby may share the home folder. */
  readonly openJournal: () => Promise<Journal>;
  readonly clock: Clock;
  readonly log: Log;
  readonly limits: CoordinatorLimits;
}

/** Session failures in a row that end the process: a supervisor starts a fresh one. */
const FAILURES_MAX = 5;
const FAILURE_PAUSE_MS = 500;

export class Coordinator {
  readonly metrics = createMetricRegistry('coordinator');
  readonly #parts: CoordinatorParts;
  readonly #leadership: Leadership;
  readonly #stop = new AbortController();
  readonly #reports: LiveReports;
  readonly #exposition: Exposition;
  #session: Session | null = null;
  #connected = true;
  #exit: ExitCode = EXIT.ok;

  constructor(parts: CoordinatorParts) {
    const { bus, clock, log, limits } = parts;
    this.#parts = parts;
    this.#leadership = new Leadership({ lead: bus.lead, clock, log, limits }, parts.name);
    const objectiveOf = (sweep: string) => this.#session?.runners.get(sweep)?.facts.objective ?? null;
    this.#reports = new LiveReports(limits.trialSeriesPerSweep, objectiveOf);
    this.#exposition = exposeCoordinator(this.metrics, () => this.#session, this.#reports, { clock, limits });
    this.metrics.gauge('nats_connected').set(1);
    this.metrics.counter('nats_reconnects_total').inc(0);
  }

  get health(): Health {
    const session = this.#session;
    const leaseConfirmedAgoMs = session === null ? null : this.#leadership.confirmedAgoMs;
    return { role: session === null ? 'standby' : 'leader', connected: this.#connected, leaseConfirmedAgoMs, session };
  }

  stop(): void {
    this.#stop.abort();
  }

  /** Waits for the lease, leads, waits again; resolves with the exit code when it is over. */
  async run(): Promise<ExitCode> {
    const { bus, log } = this.#parts;
    const status = bus.onStatus((change) => this.#follow(change));
    const reports = bus.reports.watch(null, (report) => this.#reports.take(report));
    try {
      for (let failures = 0; await this.#leadership.acquire(this.#stop.signal); ) {
        const startedAt = this.#parts.clock.monotonic();
        const problem = await this.#lead();
        if (this.#parts.clock.monotonic() - startedAt > 60_000) failures = 0;
        if (problem === null) break;
        const text = problem instanceof Error ? (problem.stack ?? problem.message) : String(problem);
        const known = problem instanceof SowerError;
        log(known ? 'warn' : 'error', `leadership ended: ${known ? problem.message : text}`);
        if (!known && ++failures >= FAILURES_MAX) {
          this.#exit = EXIT.bug;
          break;
        }
        await pause(FAILURE_PAUSE_MS, undefined, { signal: this.#stop.signal }).catch(() => undefined);
      }
    } finally {
      status.stop();
      reports.stop();
      await this.#leadership.release();
    }
    return this.#exit;
  }

  /** Resolves with what ended the leadership, null where it was asked to stop. */
  async #lead(): Promise<unknown> {
    const { bus, log } = this.#parts;
    const journal = await this.#parts.openJournal();
    const over = new AbortController();
    const signal = AbortSignal.any([this.#stop.signal, over.signal]);
    const session = new Session({
      ...this.#parts,
      journal,
      fence: () => this.#leadership.fence,
      onDecided: this.#exposition.onDecided,
      onRejected: this.#exposition.onRejected,
    });
    this.#session = session;
    const desk = { serving: null as { stop(): void } | null };
    const work = (async () => {
      await session.open();
      desk.serving = bus.control.serve(createControlDesk(bus, session, log));
      await this.#survey(session, signal);
    })();
    const held = this.#leadership.hold(signal);
    // Whichever ends first ends the others; what they say then is not news.
    for (const other of [work, held]) other.catch(() => undefined);
    try {
      const aborted = new Promise<null>((resolve) => {
        signal.addEventListener('abort', () => resolve(null), { once: true });
        if (signal.aborted) resolve(null);
      });
      await Promise.race([aborted, work, session.failed, held]);
      return null;
    } catch (error) {
      return error;
    } finally {
      desk.serving?.stop();
      over.abort();
      await session.close();
      this.#session = null;
      await journal.close();
    }
  }

  async #survey(session: Session, signal: AbortSignal): Promise<void> {
    const { limits } = this.#parts;
    while (!signal.aborted) {
      await pause(limits.surveyMs, undefined, { signal }).catch(() => undefined);
      if (!signal.aborted && this.#connected) await session.survey();
    }
  }

  #follow(status: BusStatus): void {
    this.#connected = status.type === 'connected' || status.type === 'reconnected';
    this.metrics.gauge('nats_connected').set(this.#connected ? 1 : 0);
    if (status.type === 'reconnected') {
      this.metrics.counter('nats_reconnects_total').inc();
      this.#session?.watchAnew();
      // The server may have come back without its store.
      this.#parts.bus.provision().catch((error: unknown) => {
        this.#parts.log('error', `streams cannot be made: ${error instanceof Error ? error.message : String(error)}`);
      });
    }
    if (status.type === 'closed' && !this.#stop.signal.aborted) {
      this.#parts.log('error', `the connection to NATS ended for good: ${status.reason}`);
      this.#exit = EXIT.unreachable;
      this.#stop.abort();
    }
  }
}
