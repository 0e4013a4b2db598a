import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { packageRoot } from '../../shared/process/package-root.ts';

const folder = mkdtempSync(join(tmpdir(), 'sower-rules-'));
const rules = join(packageRoot(), 'deploy/prometheus/rules.yml');

afterAll(() => rmSync(folder, { recursive: true }));

interface AlertCase {
  readonly alert: string;
  readonly series: Readonly<Record<string, string>>;
  readonly at: string;
  readonly fires: readonly Readonly<Record<string, string>>[];
}

/** Series start at time 0, because `time()` does. */
const cases: readonly AlertCase[] = [
  {
    alert: 'SowerAgentLost',
    series: {
      'sower_agent_last_heartbeat_timestamp_seconds{agent="quiet"}': '0x30',
      'sower_agent_last_heartbeat_timestamp_seconds{agent="alive"}': '0+60x30',
    },
    at: '10m',
    fires: [{ agent: 'quiet', severity: 'warning' }],
  },
  {
    alert: 'SowerSweepStalled',
    series: {
      'sower_sweep_last_result_timestamp_seconds{sweep="stuck"}': '0x120',
      'sower_sweep_state{sweep="stuck", state="running"}': '1x120',
      'sower_sweep_last_result_timestamp_seconds{sweep="over"}': '0x120',
      'sower_sweep_state{sweep="over", state="running"}': '0x120',
    },
    at: '60m',
    fires: [{ sweep: 'stuck', severity: 'warning' }],
  },
  {
    alert: 'SowerCoordinatorDown',
    series: { sower_nats_connected: '1x5 0x30' },
    at: '20m',
    fires: [{ severity: 'critical' }],
  },
  { alert: 'SowerCoordinatorDown', series: { sower_nats_connected: '1x30' }, at: '20m', fires: [] },
  {
    alert: 'SowerTrialFailureRateHigh',
    series: {
      'sower_trials_finished_total{sweep="bad", outcome="failed"}': '0+5x90',
      'sower_trials_finished_total{sweep="bad", outcome="completed"}': '0+5x90',
      'sower_trials_finished_total{sweep="good", outcome="failed"}': '0+1x90',
      'sower_trials_finished_total{sweep="good", outcome="completed"}': '0+50x90',
    },
    at: '80m',
    fires: [{ sweep: 'bad', severity: 'warning' }],
  },
  {
    alert: 'SowerSlotsIdleWhileQueued',
    series: {
      'sower_agent_slots{pool="default", state="busy"}': '1x60',
      'sower_agent_slots{pool="default", state="idle"}': '3x60',
      'sower_queue_ready_trials{pool="default", sweep="s"}': '7x60',
    },
    at: '30m',
    fires: [{ pool: 'default', severity: 'warning' }],
  },
];

describe('alert rules', () => {
  it('pass promtool check rules', () => {
    expect(execFileSync('promtool', ['check', 'rules', rules], { encoding: 'utf8' })).toContain('SUCCESS');
  });

  it.each(cases)('$alert at $at fires for $fires', ({ alert, series, at, fires }) => {
    const file = join(folder, 'case.yml');
    const test = {
      rule_files: [rules],
      evaluation_interval: '1m',
      tests: [
        {
          interval: '1m',
          input_series: Object.entries(series).map(([name, values]) => ({ series: name, values })),
          promql_expr_test: [
            {
              expr: `count by (alertname, agent, sweep, pool, severity) (ALERTS{alertname="${alert}", alertstate="firing"})`,
              eval_time: at,
              exp_samples: fires.map((labels) => ({
                labels: `{alertname="${alert}", ${Object.entries(labels)
                  .map(([name, value]) => `${name}="${value}"`)
                  .join(', ')}}`,
                value: 1,
              })),
            },
          ],
        },
      ],
    };
    writeFileSync(file, stringify(test));
    expect(execFileSync('promtool', ['test', 'rules', file], { encoding: 'utf8', stdio: 'pipe' })).toContain('SUCCESS');
  });
});
