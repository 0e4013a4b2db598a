/**
 * One leadership: from winning the lease to losing it.
 *
 *     replaying ──(log folded up to its end)──> live ──(stop, lease lost, history lost)──> over
 *
 * Replaying folds without effects; live folds what arrives and performs what follows. All state of a session is dropped
 * with it: the next one folds the log again, from the last snapshot on.
 */
import type { Stored } from '../../shared/bus/port.ts';
import { COORDINATOR_AUTHOR, type SowerEvent, type SweepEntry } from '../../shared/protocol/index.ts';
import { type FleetState, poolSlots } from '../core/fleet/index.ts';
import { restoreSweep, saveSweep } from '../core/sweep/index.ts';
import { FleetWatch } from './fleet-watch.ts';
import { FoldProgress } from './fold-progress.ts';
import { recordedTrials, settleHistory } from './history.ts';
import { giveBackRecords } from './recovery.ts';
import type { RunnerContext } from './runner-context.ts';
import { SweepRunner } from './sweep-runner.ts';
import type { TrialSet } from './trial-set.ts';

export type SessionContext = Omit<RunnerContext, 'progress' | 'slots' | 'onDoubt' | 'onFailure'> & {
  readonly onRejected: (stream: string) => void;
};

export class Session {
  readonly runners = new Map<string, SweepRunner>();
  readonly #context: SessionContext;
  readonly #abort = new AbortController();
  readonly #ended = new Map<string, number>();
  readonly #fleet: FleetWatch;
  #entries = new Map<string, SweepEntry>();
  #progress = new FoldProgress(0);
  #created = '';
  #phase: 'replaying' | 'live' | 'over' = 'replaying';
  #reconcileAt = 0;
  #snapshotAt = 0;
  #round = 0;
  #fail: (error: unknown) => void = () => undefined;
  /** Rejects with what broke the session. */
  readonly failed: Promise<never>;

  constructor(context: SessionContext) {
    this.#context = context;
    this.failed = new Promise<never>((_, reject) => {
      this.#fail = reject;
    });
    this.failed.catch(() => undefined);
    this.#fleet = new FleetWatch({
      ...context,
      onCapacity: (pool) => this.#planPool(pool),
      onLost: (agent, boot) => this.#loseAgent(agent, boot),
      onFailure: (error) => this.#fail(error),
    });
  }

  get phase(): 'replaying' | 'live' | 'over' {
    return this.#phase;
  }

  get fleet(): FleetState {
    return this.#fleet.state;
  }

  get cursor(): number {
    return this.#progress.seq;
  }

  /** Resolves when the past is folded and this session leads. */
  async open(): Promise<void> {
    const { bus, journal, log } = this.#context;
    const head = await settleHistory(bus, journal, log);
    this.#created = head.created;
    const snapshot = await journal.latestSnapshot();
    const usable = snapshot !== null && snapshot.created === head.created && snapshot.cursor <= head.lastSeq;
    this.#entries = new Map((await bus.sweeps.list()).map((entry) => [entry.sweep, entry]));
    for (const entry of this.#entries.values()) journal.append({ k: 'sweep', entry });
    this.#progress = new FoldProgress(usable ? snapshot.cursor : 0);
    this.#snapshotAt = this.#progress.seq;
    if (usable) {
      for (const { sweep, planned } of snapshot.ended) this.#ended.set(sweep, planned);
      for (const saved of snapshot.sweeps) this.#restore(restoreSweep(saved));
    }
    const records = usable ? new Map<string, TrialSet>() : await this.#readRecords();
    const startedAt = this.#context.clock.monotonic();
    await this.#followFrom(this.#progress.seq + 1, records);
    const foldMs = Math.round(this.#context.clock.monotonic() - startedAt);
    log('info', 'coordinator leads', { cursor: this.cursor, sweeps: this.runners.size, foldMs, snapshot: usable });
  }

  #restore(state: ReturnType<typeof restoreSweep>): void {
    const entry = this.#entries.get(state.facts.sweep);
    if (entry !== undefined) this.runners.set(entry.sweep, this.#runner(entry, state));
  }

  async #readRecords(): Promise<Map<string, TrialSet>> {
    const { bus, journal } = this.#context;
    return recordedTrials(bus, journal, this.#abort.signal, (stored) => this.#reject('DONE', stored));
  }

  /** Starts to fold the log; resolves when its past is folded. */
  #followFrom(fromSeq: number, records: ReadonlyMap<string, TrialSet>): Promise<void> {
    return new Promise((resolve, reject) => {
      const caughtUp = () => this.#goLive(records).then(resolve, reject);
      void this.#follow(fromSeq, records, caughtUp).catch((error: unknown) => {
        reject(error);
        this.#fail(error);
      });
    });
  }

  async #follow(fromSeq: number, records: ReadonlyMap<string, TrialSet>, goLive: () => Promise<void>): Promise<void> {
    const { signal } = this.#abort;
    let becomingLive: Promise<void> | null = null;
    const onCaughtUp = () => {
      becomingLive = goLive();
    };
    for await (const stored of this.#context.bus.events.read({ fromSeq, follow: true, signal, onCaughtUp })) {
      if (becomingLive !== null) await becomingLive;
      if (signal.aborted) return;
      if ('unreadable' in stored) this.#reject('EVENTS', stored);
      else await this.#fold(stored.seq, stored.value, records);
      this.#progress.advance(stored.seq);
    }
  }

  async #fold(seq: number, event: SowerEvent, records: ReadonlyMap<string, TrialSet>): Promise<void> {
    if (event.author === COORDINATOR_AUTHOR) this.#context.journal.append({ k: 'event', seq, event });
    const runner = this.#ended.has(event.sweep) ? undefined : await this.#runnerOf(event.sweep);
    if (runner === undefined) return;
    if (this.#phase === 'live') {
      runner.observe(seq, event);
      await runner.roomForMore();
    } else {
      const trials = records.get(event.sweep);
      runner.replay(seq, event, (trial) => trials?.has(trial) ?? false);
    }
  }

  async #runnerOf(sweep: string): Promise<SweepRunner | undefined> {
    const known = this.runners.get(sweep);
    if (known !== undefined) return known;
    const entry = this.#entries.get(sweep) ?? (await this.#context.bus.sweeps.get(sweep));
    if (entry === null) {
      this.#context.log('warn', 'events of a sweep whose file is not on the server are left out', { sweep });
      this.#ended.set(sweep, 0);
      return undefined;
    }
    return this.add(entry);
  }

  /** The runner of a sweep that was not known to this session. */
  add(entry: SweepEntry): SweepRunner {
    this.#entries.set(entry.sweep, entry);
    this.#context.journal.append({ k: 'sweep', entry });
    const runner = this.#runner(entry);
    this.runners.set(entry.sweep, runner);
    if (this.#phase === 'live') runner.goLive();
    return runner;
  }

  /** Trials planned in a sweep that is over and no longer kept; null for others. */
  endedTrials(sweep: string): number | null {
    return this.#ended.get(sweep) ?? null;
  }

  #runner(entry: SweepEntry, saved?: ReturnType<typeof restoreSweep>): SweepRunner {
    const context: RunnerContext = {
      ...this.#context,
      progress: this.#progress,
      slots: (pool) => poolSlots(this.fleet, pool),
      onDoubt: () => this.#reconcileSoon(),
      onFailure: (error) => this.#phase !== 'over' && this.#fail(error),
    };
    return new SweepRunner(context, entry, saved);
  }

  async #goLive(records: ReadonlyMap<string, TrialSet>): Promise<void> {
    const { bus, journal, log } = this.#context;
    for (const runner of this.runners.values()) {
      const { sweep } = runner.facts;
      if (runner.state.phase === 'finished') continue;
      if (records.size === 0) await giveBackRecords(bus, journal, sweep, log);
      for (const trial of records.get(sweep) ?? []) {
        if (runner.isDecided(trial)) continue;
        const record = await bus.done.get(sweep, `t${String(trial).padStart(6, '0')}`);
        if (record !== null) runner.adopt(trial, record.outcome, record.attempts);
      }
    }
    await this.survey();
    this.#phase = 'live';
    for (const runner of this.runners.values()) runner.goLive();
  }

  /** Looks at the agents; then at everything that waits for time to pass. */
  async survey(): Promise<void> {
    const { journal, clock, limits } = this.#context;
    this.#round++;
    await this.#fleet.survey();
    journal.append({ k: 'cursor', seq: this.cursor });
    if (this.#phase !== 'live') return;
    for (const runner of this.runners.values()) runner.plan();
    this.#retire();
    if (this.cursor - this.#snapshotAt >= limits.snapshotEvents) await this.saveSnapshot();
    if (clock.monotonic() >= this.#reconcileAt) await this.#reconcile();
  }

  /** After the connection was away, silence of agents proves nothing for a while. */
  watchAnew(): void {
    this.#fleet.watchAnew();
  }

  #reconcileSoon(): void {
    const { clock, limits } = this.#context;
    this.#reconcileAt = Math.min(this.#reconcileAt, clock.monotonic() + limits.reconcileSoonMs);
  }

  async #reconcile(): Promise<void> {
    const { bus, clock, limits, fence } = this.#context;
    this.#reconcileAt = clock.monotonic() + limits.reconcileMs;
    const cause = `${fence()}:${this.#round}`;
    for (const pool of this.fleet.slots.keys()) await bus.queue.removeOrphans(pool);
    for (const runner of this.runners.values()) {
      if (runner.state.phase !== 'running') continue;
      await runner.lose((agent, boot) => this.#fleet.hasEnded(agent, boot), cause);
      await runner.reconcile(cause);
    }
  }

  #retire(): void {
    const { clock, limits } = this.#context;
    for (const [sweep, { state }] of this.runners) {
      if (state.phase !== 'finished' || state.unrecorded.size > 0) continue;
      const over = clock.now() - (state.totals.lastResultAt ?? 0) > limits.finishedKeepMs;
      if (!over) continue;
      void this.runners.get(sweep)?.stop();
      this.runners.delete(sweep);
      this.#ended.set(sweep, state.facts.planned);
    }
  }

  /** The attempts of an agent that is gone have failed; its items go to others at once. */
  async #loseAgent(agent: string, boot: number | null): Promise<void> {
    this.#reconcileSoon();
    if (this.#phase !== 'live') return;
    const ended = (name: string, start: number | null) =>
      name === agent && (boot === null || (start !== null && start < boot));
    for (const runner of this.runners.values()) await runner.lose(ended, `${agent}:${boot ?? this.#round}`);
  }

  #planPool(pool: string): void {
    for (const runner of this.runners.values()) if (runner.facts.pool === pool) runner.plan();
  }

  #reject(stream: string, stored: Extract<Stored<unknown>, { unreadable: unknown }>): void {
    this.#context.onRejected(stream);
    this.#context.log('warn', `a message in ${stream} cannot be read and is left out`, { ...stored.unreadable });
  }

  async saveSnapshot(): Promise<void> {
    this.#snapshotAt = this.cursor;
    await this.#context.journal.saveSnapshot({
      version: 1,
      created: this.#created,
      cursor: this.cursor,
      sweeps: [...this.runners.values()].map(({ state }) => saveSweep(state)),
      ended: [...this.#ended].map(([sweep, planned]) => ({ sweep, planned })),
    });
  }

  /** Ends the session; effects under way are awaited. */
  async close(): Promise<void> {
    const wasLive = this.#phase === 'live';
    this.#phase = 'over';
    this.#abort.abort();
    this.#progress.end();
    await Promise.all([this.#fleet.stop(), ...[...this.runners.values()].map((runner) => runner.stop())]);
    if (wasLive) await this.saveSnapshot();
    await this.#context.journal.flush();
  }
}
