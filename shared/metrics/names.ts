/**
 * The one catalogue of metrics: exporters, recording rules, alerts and panels all take names, labels and help from here.
 * Names follow Prometheus: base units, `_total` on counters. `trial` is a label of gauges with a bounded set of series only.
 */

export interface MetricSpec {
  readonly name: string;
  readonly type: 'gauge' | 'counter' | 'histogram';
  readonly unit: 'seconds' | 'bytes' | 'ratio' | 'celsius' | 'samples_per_second' | 'trials' | 'none';
  readonly labels: readonly string[];
  readonly help: string;
  /** Upper bounds, histograms only. */
  readonly buckets?: readonly number[];
}

const DURATION_BUCKETS = [0.1, 1, 10, 60, 300, 900, 3600, 14_400, 43_200, 86_400] as const;

export const METRICS = {
  build_info: {
    name: 'sower_build_info',
    type: 'gauge',
    unit: 'none',
    labels: ['version', 'component', 'node_version'],
    help: 'Running version, value 1.',
  },
  process_resident_memory_bytes: {
    name: 'process_resident_memory_bytes',
    type: 'gauge',
    unit: 'bytes',
    labels: [],
    help: 'Resident memory of the process.',
  },
  process_cpu_seconds_total: {
    name: 'process_cpu_seconds_total',
    type: 'counter',
    unit: 'seconds',
    labels: [],
    help: 'User and system CPU time of the process.',
  },
  process_start_time_seconds: {
    name: 'process_start_time_seconds',
    type: 'gauge',
    unit: 'seconds',
    labels: [],
    help: 'When the process started.',
  },
  sweep_info: {
    name: 'sower_sweep_info',
    type: 'gauge',
    unit: 'none',
    labels: ['sweep', 'method', 'objective', 'direction'],
    help: 'Static facts of a live sweep, value 1.',
  },
  sweep_state: {
    name: 'sower_sweep_state',
    type: 'gauge',
    unit: 'none',
    labels: ['sweep', 'state'],
    help: '1 for the current state of the sweep, 0 for the rest.',
  },
  sweep_trials: {
    name: 'sower_sweep_trials',
    type: 'gauge',
    unit: 'trials',
    labels: ['sweep', 'state'],
    help: 'Trials in each state.',
  },
  sweep_budget_trials: {
    name: 'sower_sweep_budget_trials',
    type: 'gauge',
    unit: 'trials',
    labels: ['sweep'],
    help: 'Trials the sweep has planned in all.',
  },
  sweep_best_objective: {
    name: 'sower_sweep_best_objective',
    type: 'gauge',
    unit: 'none',
    labels: ['sweep'],
    help: 'Best objective of a single trial so far.',
  },
  sweep_last_improvement_timestamp_seconds: {
    name: 'sower_sweep_last_improvement_timestamp_seconds',
    type: 'gauge',
    unit: 'seconds',
    labels: ['sweep'],
    help: 'When the best objective last improved.',
  },
  sweep_last_result_timestamp_seconds: {
    name: 'sower_sweep_last_result_timestamp_seconds',
    type: 'gauge',
    unit: 'seconds',
    labels: ['sweep'],
    help: 'When the last trial of the sweep ended.',
  },
  sweep_eta_timestamp_seconds: {
    name: 'sower_sweep_eta_timestamp_seconds',
    type: 'gauge',
    unit: 'seconds',
    labels: ['sweep'],
    help: 'When the sweep is expected to finish at its pace so far.',
  },
  trial_objective: {
    name: 'sower_trial_objective',
    type: 'gauge',
    unit: 'none',
    labels: ['sweep', 'trial'],
    help: 'Last value of the objective; running trials and the best 20 only.',
  },
  trial_step: {
    name: 'sower_trial_step',
    type: 'gauge',
    unit: 'none',
    labels: ['sweep', 'trial'],
    help: 'Last epoch reported; running trials and the best 20 only.',
  },
  trials_finished_total: {
    name: 'sower_trials_finished_total',
    type: 'counter',
    unit: 'trials',
    labels: ['sweep', 'outcome'],
    help: 'Trials by final outcome.',
  },
  trial_attempts_total: {
    name: 'sower_trial_attempts_total',
    type: 'counter',
    unit: 'none',
    labels: ['sweep', 'reason'],
    help: 'Attempts ended, by reason: ok, diverged, released, or the cause of failure.',
  },
  trial_retries_total: {
    name: 'sower_trial_retries_total',
    type: 'counter',
    unit: 'none',
    labels: ['sweep', 'cause'],
    help: 'Trials given back to be tried again, by cause.',
  },
  results_duplicate_total: {
    name: 'sower_results_duplicate_total',
    type: 'counter',
    unit: 'none',
    labels: ['sweep'],
    help: 'Results dropped because the trial was decided already.',
  },
  trial_duration_seconds: {
    name: 'sower_trial_duration_seconds',
    type: 'histogram',
    unit: 'seconds',
    labels: ['sweep', 'outcome'],
    help: 'Duration of the attempt that counted.',
    buckets: DURATION_BUCKETS,
  },
  queue_ready_trials: {
    name: 'sower_queue_ready_trials',
    type: 'gauge',
    unit: 'trials',
    labels: ['sweep', 'pool'],
    help: 'Trials in the queue that no agent has started.',
  },
  agents: {
    name: 'sower_agents',
    type: 'gauge',
    unit: 'none',
    labels: ['pool', 'state'],
    help: 'Agents by state.',
  },
  agent_last_heartbeat_timestamp_seconds: {
    name: 'sower_agent_last_heartbeat_timestamp_seconds',
    type: 'gauge',
    unit: 'seconds',
    labels: ['agent', 'pool'],
    help: 'Last heartbeat of the agent.',
  },
  agent_slots: {
    name: 'sower_agent_slots',
    type: 'gauge',
    unit: 'none',
    labels: ['agent', 'pool', 'state'],
    help: 'Slots of the agent by state.',
  },
  agent_trial_epoch: {
    name: 'sower_agent_trial_epoch',
    type: 'gauge',
    unit: 'none',
    labels: ['agent', 'sweep', 'trial'],
    help: 'Epochs finished by a running trial; removed when it ends.',
  },
  agent_trial_loss: {
    name: 'sower_agent_trial_loss',
    type: 'gauge',
    unit: 'none',
    labels: ['agent', 'sweep', 'trial'],
    help: 'Last loss of a running trial: validation if it has one, else training.',
  },
  agent_trial_accuracy_ratio: {
    name: 'sower_agent_trial_accuracy_ratio',
    type: 'gauge',
    unit: 'ratio',
    labels: ['agent', 'sweep', 'trial'],
    help: 'Last accuracy of a running trial.',
  },
  agent_trial_samples_per_second: {
    name: 'sower_agent_trial_samples_per_second',
    type: 'gauge',
    unit: 'samples_per_second',
    labels: ['agent', 'sweep', 'trial'],
    help: 'Training speed of a running trial.',
  },
  agent_attempts_total: {
    name: 'sower_agent_attempts_total',
    type: 'counter',
    unit: 'none',
    labels: ['agent', 'outcome'],
    help: 'Attempts the agent ended, by outcome.',
  },
  agent_samples_total: {
    name: 'sower_agent_samples_total',
    type: 'counter',
    unit: 'none',
    labels: ['agent'],
    help: 'Training samples processed in reported epochs.',
  },
  agent_outbox_entries: {
    name: 'sower_agent_outbox_entries',
    type: 'gauge',
    unit: 'none',
    labels: ['agent'],
    help: 'Events kept on disk until the count names their trials.',
  },
  agent_disk_free_bytes: {
    name: 'sower_agent_disk_free_bytes',
    type: 'gauge',
    unit: 'bytes',
    labels: ['agent', 'pool'],
    help: 'Free space where the agent keeps its outbox and models.',
  },
  agent_gpu_utilization_ratio: {
    name: 'sower_agent_gpu_utilization_ratio',
    type: 'gauge',
    unit: 'ratio',
    labels: ['agent', 'gpu'],
    help: 'Share of time the GPU was busy.',
  },
  agent_gpu_memory_used_bytes: {
    name: 'sower_agent_gpu_memory_used_bytes',
    type: 'gauge',
    unit: 'bytes',
    labels: ['agent', 'gpu'],
    help: 'GPU memory in use.',
  },
  agent_gpu_memory_total_bytes: {
    name: 'sower_agent_gpu_memory_total_bytes',
    type: 'gauge',
    unit: 'bytes',
    labels: ['agent', 'gpu'],
    help: 'GPU memory in all.',
  },
  agent_gpu_temperature_celsius: {
    name: 'sower_agent_gpu_temperature_celsius',
    type: 'gauge',
    unit: 'celsius',
    labels: ['agent', 'gpu'],
    help: 'GPU temperature.',
  },
  coordinator_leader: {
    name: 'sower_coordinator_leader',
    type: 'gauge',
    unit: 'none',
    labels: [],
    help: '1 while this coordinator holds the lease, 0 while it is standby.',
  },
  messages_rejected_total: {
    name: 'sower_messages_rejected_total',
    type: 'counter',
    unit: 'none',
    labels: ['stream'],
    help: 'Stored messages that could not be read.',
  },
  nats_connected: {
    name: 'sower_nats_connected',
    type: 'gauge',
    unit: 'none',
    labels: [],
    help: '1 while connected to NATS.',
  },
  nats_reconnects_total: {
    name: 'sower_nats_reconnects_total',
    type: 'counter',
    unit: 'none',
    labels: [],
    help: 'Reconnections to NATS.',
  },
} as const satisfies Readonly<Record<string, MetricSpec>>;

export type MetricKey = keyof typeof METRICS;
export type LabelOf<K extends MetricKey> = (typeof METRICS)[K]['labels'][number];
