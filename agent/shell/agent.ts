/**
 * One agent: its slots, and what keeps them honest towards the server.
 *
 *     starting ──> working ──stop()──> draining ──> ended
 *     working ──(connection closed for good, broken invariant)──> ended
 */
import type { Bus, BusStatus } from '../../shared/bus/port.ts';
import type { Clock, Log } from '../../shared/kernel/clock.ts';
import { EXIT, type ExitCode } from '../../shared/kernel/errors.ts';
import { jsonReply, metricsRoute, type RunningHttp, startHttp } from '../../shared/metrics/index.ts';
import type { GpuState } from '../../shared/protocol/index.ts';
import { attemptId } from '../core/attempt/attempt-id.ts';
import { CrashCount } from '../core/attempt/crash-count.ts';
import type { AgentLimits } from '../core/limits.ts';
import type { ProviderWish } from '../engine/index.ts';
import type { AgentLock } from './agent-lock.ts';
import { DataFiles } from './data-files.ts';
import { queryGpus } from './gpus.ts';
import { cacheFolder } from './home.ts';
import type { ItemRunner } from './item-runner.ts';
import { LeaseKeeper } from './lease-keeper.ts';
import { modelUpload, noUpload } from './model-upload.ts';
import type { Outbox } from './outbox.ts';
import { OutboxKeeper } from './outbox-keeper.ts';
import type { AgentParts } from './parts.ts';
import { pause } from './persist.ts';
import { presenceEntryOf, type SlotPlace, slotStateOf } from './presence.ts';
import { Publisher, textOf } from './publisher.ts';
import { runSlotLoop } from './slot-loop.ts';
import { openSlots } from './slots.ts';
import { SweepFiles } from './sweep-files.ts';
import { Telemetry } from './telemetry.ts';

export interface AgentSettings {
  readonly name: string;
  readonly pool: string;
  readonly home: string;
  /** Null = one for each GPU, else one for each CPU core. */
  readonly slots: number | null;
  readonly dataDir: string | null;
  readonly provider: ProviderWish;
  readonly listen: string | null;
  readonly upload: boolean;
  readonly bus: Bus;
  readonly outbox: Outbox;
  readonly lock: AgentLock;
  readonly limits: AgentLimits;
  readonly clock: Clock;
  readonly log: Log;
}

export class Agent {
  readonly closed: Promise<ExitCode>;
  private readonly settings: AgentSettings;
  private readonly parts: AgentParts;
  private readonly keeper: OutboxKeeper;
  private readonly held = new Set<ItemRunner>();
  private readonly draining = new AbortController();
  private readonly over = new AbortController();
  private readonly startedAt: number;
  private places: readonly SlotPlace[] = [];
  private gpus: readonly GpuState[] = [];
  private lease: LeaseKeeper | null = null;
  private http: RunningHttp | null = null;
  private loops: Promise<unknown> = Promise.resolve();
  private subscriptions: { stop(): void }[] = [];
  private check: NodeJS.Timeout | null = null;
  private ending: Promise<void> | null = null;
  private resolveClosed: (code: ExitCode) => void = () => undefined;

  constructor(settings: AgentSettings) {
    this.settings = settings;
    this.startedAt = settings.clock.now();
    this.closed = new Promise((resolve) => {
      this.resolveClosed = resolve;
    });
    this.parts = this.assemble();
    const { bus, outbox, limits, clock, log } = settings;
    const { publisher, sweeps } = this.parts;
    this.keeper = new OutboxKeeper({ bus, outbox, publisher, sweeps, limits, clock, log });
  }

  get metricsAddress(): string | null {
    return this.http?.address ?? null;
  }

  /** Resolves when the slots are pulling. */
  async start(): Promise<void> {
    const { bus, pool, limits, log, listen } = this.settings;
    this.subscriptions.push(bus.onStatus((status) => this.followStatus(status)));
    this.subscriptions.push(bus.control.onStop((sweep) => this.cancel(sweep)));
    await bus.provision();
    this.gpus = await queryGpus();
    this.places = openSlots({
      ...this.settings,
      count: this.settings.slots,
      gpus: this.gpus,
      onChange: () => this.lease?.change(),
    });
    await this.parts.openPool();
    if (listen !== null) this.http = await this.serve(listen);
    this.lease = this.keepLease();
    const left = await this.keeper.replayLeft();
    if (left > 0) log('info', `published ${left} results of an earlier run again`);
    this.check = setInterval(() => void this.keeper.check(), limits.outboxCheckMs);
    this.loops = Promise.all(this.places.map((place, slot) => this.runSlot(place, slot))).catch(this.fault);
    log('info', `agent ${this.settings.name} works in pool ${pool}`, { slots: this.places.length });
  }

  /** Drains, then ends everything; a second call waits for the first. */
  stop(): Promise<void> {
    return this.end(EXIT.ok);
  }

  private assemble(): AgentParts {
    const { name: agent, pool, home, bus, outbox, limits, clock, log, dataDir } = this.settings;
    const ended = this.over.signal;
    const uploadModel = this.settings.upload ? modelUpload(bus, log) : noUpload;
    let attempts = 0;
    return {
      agent,
      pool,
      home,
      bus,
      outbox,
      sweeps: new SweepFiles(bus.sweeps),
      dataFiles: new DataFiles({ bus, places: { dataDir, cacheDir: cacheFolder(home) }, limits, log, ended }),
      publisher: new Publisher({ bus, outbox, uploadModel, limits, clock, log }),
      telemetry: new Telemetry({
        agent,
        pool,
        home,
        outboxSize: () => outbox.size,
        slotStates: () => this.places.map((place) => slotStateOf(place, this.draining.signal.aborted)),
        gpus: () => this.gpus,
      }),
      crashes: new CrashCount(limits.crashRepeats),
      limits,
      clock,
      log,
      ended,
      openPool: () => bus.queue.openPool(pool, this.places.length),
      nextAttemptId: () => attemptId(agent, this.startedAt, ++attempts),
      onFault: this.fault,
    };
  }

  private keepLease(): LeaseKeeper {
    const { limits, clock, log, lock } = this.settings;
    return new LeaseKeeper({
      limits,
      clock,
      log,
      putPresence: async () => {
        void lock.touch().catch(() => undefined);
        void this.parts.telemetry.measureDisk().catch(() => undefined);
        if (this.gpus.length > 0) void this.refreshGpus();
        await this.settings.bus.presence.put(this.presenceEntry());
      },
      claimItems: () => {
        for (const runner of this.held) runner.claim();
      },
      compareClaims: async () => {
        await Promise.all([...this.held].map((runner) => runner.compareClaims()));
      },
      resend: () => this.keeper.check(),
      onFault: this.fault,
    });
  }

  private presenceEntry() {
    const { name: agent, pool } = this.settings;
    const { places, gpus, metricsAddress, startedAt } = this;
    const draining = this.draining.signal.aborted;
    return presenceEntryOf({ agent, pool, places, gpus, metricsAddress, draining, startedAt });
  }

  private async refreshGpus(): Promise<void> {
    const gpus = await queryGpus();
    if (gpus.length > 0) this.gpus = gpus;
  }

  private serve(listen: string): Promise<RunningHttp> {
    return startHttp(listen, {
      '/metrics': metricsRoute(this.parts.telemetry.registry),
      '/healthz': () => {
        const ok = this.lease?.leased === true && !this.over.signal.aborted;
        const slots = this.places.map((place) => slotStateOf(place, this.draining.signal.aborted));
        return jsonReply(ok ? 200 : 503, { ok, agent: this.settings.name, slots });
      },
    });
  }

  private runSlot(place: SlotPlace, slotNumber: number): Promise<void> {
    return runSlotLoop({
      slot: place.slot,
      slotNumber,
      parts: this.parts,
      held: this.held,
      isLeased: () => this.lease?.leased === true,
      onItem: (runner) => {
        place.runner = runner;
        this.lease?.change();
      },
      draining: this.draining.signal,
    });
  }

  private followStatus(status: BusStatus): void {
    const { log } = this.settings;
    this.parts.telemetry.connection(
      status.type === 'connected' || status.type === 'reconnected',
      status.type === 'reconnected',
    );
    if (status.type === 'disconnected') log('warn', 'connection to NATS lost; training goes on');
    else if (status.type === 'reconnected') {
      log('info', `connected to NATS again at ${status.server}`);
      this.lease?.reconnected();
    } else if (status.type === 'closed' && this.ending === null) {
      log('error', `the connection to NATS is closed: ${status.reason}`);
      void this.end(EXIT.unreachable);
    }
  }

  private cancel(sweep: string): void {
    for (const runner of this.held) if (runner.item.sweep === sweep) runner.cancel();
  }

  private readonly fault = (error: unknown): void => {
    this.settings.log('error', 'the agent met a bug in itself and ends', {
      error: error instanceof Error ? (error.stack ?? error.message) : String(error),
    });
    void this.end(EXIT.bug);
  };

  private end(code: ExitCode): Promise<void> {
    this.ending ??= this.shutDown(code).finally(() => this.resolveClosed(code));
    return this.ending;
  }

  private async shutDown(code: ExitCode): Promise<void> {
    const { graceMs } = this.settings.limits;
    this.draining.abort();
    if (this.check !== null) clearInterval(this.check);
    if (code === EXIT.ok) {
      this.lease?.change();
      for (const runner of this.held) runner.giveBack('the agent is draining');
      await this.within(graceMs, this.answered());
    }
    // Killing what is left turns into `released` here, because each was asked to stop.
    await Promise.all(this.places.map(({ slot }) => slot.close(graceMs)));
    if (code === EXIT.ok) await this.within(graceMs, Promise.all([this.answered(), this.parts.publisher.idle()]));
    this.parts.publisher.stop();
    this.over.abort();
    // A server that hangs answers a pull only when the connection is closed, which comes next.
    await this.within(graceMs, this.loops);
    await this.letGo();
  }

  private async answered(): Promise<void> {
    await Promise.all([...this.held].map((runner) => runner.answered));
  }

  private async within(ms: number, done: Promise<unknown>): Promise<void> {
    const timer = new AbortController();
    await Promise.race([done, pause(ms, timer.signal)]);
    timer.abort();
  }

  /** Leaves nothing behind; each step goes on where the one before failed. */
  private async letGo(): Promise<void> {
    const { bus, lock, outbox, log, name, limits } = this.settings;
    const steps: readonly (() => Promise<unknown>)[] = [
      () => this.within(limits.graceMs / 2, this.lease?.stop() ?? Promise.resolve()),
      () => this.within(limits.graceMs / 2, bus.presence.remove(name)),
      async () => this.http?.stop(),
      () => outbox.close(),
      async () => {
        for (const subscription of this.subscriptions) subscription.stop();
      },
      () => this.within(limits.graceMs / 2, bus.close()),
      () => lock.release(),
    ];
    for (const step of steps) {
      await step().catch((error: unknown) => log('debug', `while ending: ${textOf(error)}`));
    }
  }
}
