import { series } from './queries.ts';

/** Prometheus rule groups, in the shape of its rules file. */
export interface RuleFile {
  readonly groups: readonly { readonly name: string; readonly rules: readonly (RecordingRule | AlertRule)[] }[];
}

interface RecordingRule {
  readonly record: string;
  readonly expr: string;
}

interface AlertRule {
  readonly alert: string;
  readonly expr: string;
  readonly for: string;
  readonly labels: { readonly severity: 'critical' | 'warning' | 'info' };
  readonly annotations: {
    readonly summary: string;
    readonly description: string;
    readonly runbook_url: string;
    readonly dashboard_url: string;
  };
}

function alert(
  name: string,
  severity: AlertRule['labels']['severity'],
  hold: string,
  expr: string,
  summary: string,
  description: string,
): AlertRule {
  return {
    alert: name,
    expr,
    for: hold,
    labels: { severity },
    annotations: {
      summary,
      description,
      runbook_url: `docs/alerts.md#${name.toLowerCase()}`,
      dashboard_url: '/d/sower-overview',
    },
  };
}

const running = `on (sweep) ${series('sweep_state', 'state="running"')} == 1`;
const finished = series('trials_finished_total');
const failed = series('trials_finished_total', 'outcome="failed"');

const recordings: readonly RecordingRule[] = [
  {
    record: 'sweep:sower_trials_finished:rate10m',
    expr: `sum without (outcome, instance, job) (rate(${finished}[10m]))`,
  },
  {
    record: 'sweep:sower_trials_failed_per_finished:ratio_rate1h',
    expr: `sum by (sweep) (rate(${failed}[1h])) / sum by (sweep) (rate(${finished}[1h]))`,
  },
  {
    record: 'pool:sower_agent_slots_busy_per_total:ratio',
    expr: `sum by (pool) (${series('agent_slots', 'state="busy"')}) / sum by (pool) (${series('agent_slots')})`,
  },
];

const alerts: readonly AlertRule[] = [
  alert(
    'SowerCoordinatorDown',
    'critical',
    '5m',
    `absent(${series('nats_connected')}) == 1 or ${series('nats_connected')} == 0`,
    'No coordinator is connected to NATS',
    'Agents finish what they hold, but nothing new is planned and nothing is counted. Start or restart "sower coordinator".',
  ),
  alert(
    'SowerSweepStalled',
    'warning',
    '5m',
    `(time() - ${series('sweep_last_result_timestamp_seconds')}) > 1800 and ${running}`,
    'Sweep {{ $labels.sweep }} has had no result for 30 minutes',
    'Look whether agents are alive and busy: "sower status".',
  ),
  alert(
    'SowerAgentLost',
    'warning',
    '1m',
    `(time() - ${series('agent_last_heartbeat_timestamp_seconds')}) > 60`,
    'Agent {{ $labels.agent }} is not heard of',
    'Its trials are given to others. Look at the host; an agent that left cleanly does not raise this.',
  ),
  alert(
    'SowerTrialFailureRateHigh',
    'warning',
    '10m',
    'sweep:sower_trials_failed_per_finished:ratio_rate1h > 0.2',
    'More than a fifth of the trials of {{ $labels.sweep }} fail',
    '"sower trials --state failed" lists them with their reasons.',
  ),
  alert(
    'SowerSlotsIdleWhileQueued',
    'warning',
    '15m',
    `pool:sower_agent_slots_busy_per_total:ratio < 0.5 and on (pool) sum by (pool) (${series('queue_ready_trials')}) > 0`,
    'Pool {{ $labels.pool }} is half idle while trials wait',
    'Agents pull their own work: look at their logs and at the queue with "sower status".',
  ),
  alert(
    'SowerAgentDiskLow',
    'warning',
    '10m',
    `${series('agent_disk_free_bytes')} < 10e9`,
    'Agent {{ $labels.agent }} has less than 10 GB of disk',
    'Results and models are written there; free some space.',
  ),
  alert(
    'SowerNoImprovement',
    'info',
    '0m',
    `(time() - ${series('sweep_last_improvement_timestamp_seconds')}) > 14400 and ${running}`,
    'Sweep {{ $labels.sweep }} has not improved for 4 hours',
    'Perhaps it has found what there is to find.',
  ),
];

/** Recording rules and alerts, all over catalogued metrics. */
export function prometheusRules(): RuleFile {
  return {
    groups: [
      { name: 'sower-recordings', rules: recordings },
      { name: 'sower-alerts', rules: alerts },
    ],
  };
}
