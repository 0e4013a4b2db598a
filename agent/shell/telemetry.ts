/**
 * What an agent tells Prometheus. `trial` is a label of running trials only, so there are at most as many such series as
 * slots (and never more than the cap); they go when the trial ends.
 */
import { statfs } from 'node:fs/promises';
import { createMetricRegistry, type MetricRegistry } from '../../shared/metrics/index.ts';
import type { GpuState, MetricValues, PresenceEntry } from '../../shared/protocol/index.ts';
import type { Progress } from '../core/attempt/attempt.ts';

export interface TelemetryOptions {
  readonly agent: string;
  readonly pool: string;
  readonly home: string;
  readonly outboxSize: () => number;
  readonly slotStates: () => readonly PresenceEntry['slots'][number]['state'][];
  readonly gpus: () => readonly GpuState[];
}

const SLOT_STATES = ['starting', 'idle', 'busy', 'draining', 'closed'] as const;
/** Running trials that get series of their own. */
const TRIAL_CAP = 64;
const LOSSES = ['val_loss', 'test_loss', 'train_loss'] as const;
const ACCURACIES = ['val_accuracy', 'test_accuracy', 'train_accuracy'] as const;

interface RunningTrial {
  readonly sweep: string;
  readonly trial: string;
  progress: Progress | null;
  reportedAt: number;
}

export class Telemetry {
  readonly registry: MetricRegistry;
  private readonly options: TelemetryOptions;
  private readonly running = new Map<number, RunningTrial>();
  private diskFreeBytes: number | null = null;
  private connected = true;

  constructor(options: TelemetryOptions) {
    this.options = options;
    this.registry = createMetricRegistry('agent');
    this.registry.counter('nats_reconnects_total').inc(0);
    for (const outcome of ['completed', 'diverged', 'released'])
      this.registry.counter('agent_attempts_total').inc({ agent: options.agent, outcome }, 0);
    this.registry.counter('agent_samples_total').inc({ agent: options.agent }, 0);
    this.registry.onScrape(() => this.refresh());
  }

  /** Reads what can only be read asynchronously; called with every beat. */
  async measureDisk(): Promise<void> {
    const { bavail, bsize } = await statfs(this.options.home);
    this.diskFreeBytes = bavail * bsize;
  }

  connection(connected: boolean, again: boolean): void {
    this.connected = connected;
    if (again) this.registry.counter('nats_reconnects_total').inc();
  }

  trialStarted(slot: number, sweep: string, trial: string): void {
    this.running.set(slot, { sweep, trial, progress: null, reportedAt: performance.now() });
  }

  reported(slot: number, progress: Progress): void {
    const running = this.running.get(slot);
    if (running === undefined) return;
    const now = performance.now();
    const samples = (progress.samplesPerSecond * (now - running.reportedAt)) / 1000;
    if (Number.isFinite(samples) && samples > 0) {
      this.registry.counter('agent_samples_total').inc({ agent: this.options.agent }, Math.round(samples));
    }
    running.progress = progress;
    running.reportedAt = now;
  }

  trialEnded(slot: number): void {
    this.running.delete(slot);
  }

  attemptEnded(outcome: string): void {
    this.registry.counter('agent_attempts_total').inc({ agent: this.options.agent, outcome });
  }

  private refresh(): void {
    const { registry, options } = this;
    const { agent, pool } = options;
    registry.gauge('nats_connected').set(this.connected ? 1 : 0);
    registry.gauge('agent_outbox_entries').set({ agent }, options.outboxSize());
    if (this.diskFreeBytes !== null) registry.gauge('agent_disk_free_bytes').set({ agent, pool }, this.diskFreeBytes);
    const states = options.slotStates();
    for (const state of SLOT_STATES) {
      registry.gauge('agent_slots').set({ agent, pool, state }, states.filter((each) => each === state).length);
    }
    this.refreshTrials();
    this.refreshGpus();
  }

  private refreshTrials(): void {
    const { agent } = this.options;
    const epoch = this.registry.gauge('agent_trial_epoch');
    const loss = this.registry.gauge('agent_trial_loss');
    const accuracy = this.registry.gauge('agent_trial_accuracy_ratio');
    const speed = this.registry.gauge('agent_trial_samples_per_second');
    for (const gauge of [epoch, loss, accuracy, speed]) gauge.reset();
    for (const { sweep, trial, progress } of [...this.running.values()].slice(0, TRIAL_CAP)) {
      const labels = { agent, sweep, trial };
      epoch.set(labels, progress?.epoch ?? 0);
      if (progress === null) continue;
      speed.set(labels, progress.samplesPerSecond);
      const lastLoss = firstOf(progress.metrics, LOSSES);
      if (lastLoss !== null) loss.set(labels, lastLoss);
      const lastAccuracy = firstOf(progress.metrics, ACCURACIES);
      if (lastAccuracy !== null) accuracy.set(labels, lastAccuracy);
    }
  }

  private refreshGpus(): void {
    const { agent } = this.options;
    for (const gpu of this.options.gpus()) {
      const labels = { agent, gpu: String(gpu.index) };
      const { registry } = this;
      if (gpu.utilization !== null) registry.gauge('agent_gpu_utilization_ratio').set(labels, gpu.utilization);
      if (gpu.memoryUsedBytes !== null) registry.gauge('agent_gpu_memory_used_bytes').set(labels, gpu.memoryUsedBytes);
      if (gpu.memoryTotalBytes !== null) {
        registry.gauge('agent_gpu_memory_total_bytes').set(labels, gpu.memoryTotalBytes);
      }
      if (gpu.temperatureCelsius !== null) {
        registry.gauge('agent_gpu_temperature_celsius').set(labels, gpu.temperatureCelsius);
      }
    }
  }
}

/** The first of the names that has a value. */
function firstOf(metrics: MetricValues, names: readonly string[]): number | null {
  for (const name of names) {
    const value = metrics[name];
    if (value !== undefined && value !== null) return value;
  }
  return null;
}
