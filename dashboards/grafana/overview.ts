import {
  AnnotationQueryBuilder,
  type Dashboard,
  DashboardBuilder,
  DashboardCursorSync,
  DatasourceVariableBuilder,
  QueryVariableBuilder,
  RowBuilder,
  VariableRefresh,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { DATASOURCE, linesPanel, statPanel, tablePanel } from './panels.ts';
import { OF_POOL, OF_SWEEP, rate, series } from './queries.ts';

function variable(name: string, label: string, labelOf: string): QueryVariableBuilder {
  return new QueryVariableBuilder(name)
    .label(label)
    .query(`label_values(${labelOf}, ${name})`)
    .datasource(DATASOURCE)
    .refresh(VariableRefresh.OnTimeRangeChanged)
    .includeAll(true)
    .multi(true)
    .allValue('.*')
    .current({ selected: true, text: 'All', value: '$__all' });
}

function liveSweeps() {
  return tablePanel(
    {
      title: 'Live sweeps',
      description: 'Progress and best objective of every sweep a coordinator leads.',
      unit: 'short',
    },
    [
      {
        refId: 'A',
        legend: 'ended',
        expr: `sum by (sweep) (${series('sweep_trials', `${OF_SWEEP}, state=~"done|diverged|failed|pruned|cancelled"`)})`,
      },
      { refId: 'B', legend: 'planned', expr: `max by (sweep) (${series('sweep_budget_trials', OF_SWEEP)})` },
      {
        refId: 'C',
        legend: 'running',
        expr: `sum by (sweep) (${series('sweep_trials', `${OF_SWEEP}, state="running"`)})`,
      },
      {
        refId: 'D',
        legend: 'failed',
        expr: `sum by (sweep) (${series('sweep_trials', `${OF_SWEEP}, state="failed"`)})`,
      },
      {
        refId: 'E',
        legend: 'best objective',
        expr: `max by (sweep) (${series('sweep_best_objective', OF_SWEEP)})`,
      },
    ],
    'sweep',
  );
}

function addSweeps(board: DashboardBuilder): void {
  board
    .withRow(new RowBuilder('Sweeps'))
    .withPanel(liveSweeps())
    .withPanel(
      linesPanel(
        { title: 'Trials by state', description: 'Every planned trial is in exactly one state.', unit: 'short' },
        [{ expr: `sum by (state) (${series('sweep_trials', OF_SWEEP)})`, legend: '{{state}}' }],
      ),
    )
    .withPanel(
      linesPanel({ title: 'Pace', description: 'Trials ended per second, by outcome.', unit: 'ops' }, [
        { expr: `sum by (outcome) (${rate('trials_finished_total', OF_SWEEP)})`, legend: '{{outcome}}' },
      ]),
    )
    .withPanel(
      linesPanel(
        { title: 'Objective of trials', description: 'Last value of running trials and the best 20.', unit: 'short' },
        [{ expr: series('trial_objective', OF_SWEEP), legend: '{{sweep}} {{trial}}' }],
      ),
    )
    .withPanel(
      linesPanel(
        { title: 'Attempts that ended badly', description: 'Attempts given back or failed, by cause.', unit: 'short' },
        [
          {
            expr: `sum by (cause) (increase(${series('trial_retries_total', OF_SWEEP)}[$__rate_interval]))`,
            legend: 'retried: {{cause}}',
          },
          {
            expr: `sum(increase(${series('results_duplicate_total', OF_SWEEP)}[$__rate_interval]))`,
            legend: 'duplicates dropped',
          },
        ],
      ),
    );
}

function addFleet(board: DashboardBuilder): void {
  board
    .withRow(new RowBuilder('Fleet'))
    .withPanel(
      linesPanel(
        { title: 'Slots by state', description: 'Busy slots against all slots of the pools shown.', unit: 'short' },
        [{ expr: `sum by (state) (${series('agent_slots', OF_POOL)})`, legend: '{{state}}' }],
      ),
    )
    .withPanel(
      linesPanel(
        {
          title: 'Training speed',
          description: 'Samples per second of running trials, summed by agent.',
          unit: 'short',
        },
        [{ expr: `sum by (agent) (${series('agent_trial_samples_per_second')})`, legend: '{{agent}}' }],
      ),
    )
    .withPanel(
      linesPanel({ title: 'Age of last heartbeat', description: 'An agent is lost after 25 s.', unit: 's' }, [
        {
          expr: `time() - max by (agent) (${series('agent_last_heartbeat_timestamp_seconds', OF_POOL)})`,
          legend: '{{agent}}',
        },
      ]),
    )
    .withPanel(
      linesPanel(
        {
          title: 'GPU utilisation',
          description: 'Share of time each GPU was busy; empty where there are none.',
          unit: 'percentunit',
        },
        [{ expr: series('agent_gpu_utilization_ratio'), legend: '{{agent}} {{gpu}}' }],
      ),
    );
}

/** The one page to leave open: sweeps above, the fleet below. */
export function overviewDashboard(): Dashboard {
  const board = new DashboardBuilder('Sower overview')
    .uid('sower-overview')
    .description('Sweeps and the fleet that trains them.')
    .tags(['sower'])
    .readonly()
    .refresh('10s')
    .time({ from: 'now-1h', to: 'now' })
    .timezone('browser')
    .tooltip(DashboardCursorSync.Crosshair)
    .withVariable(new DatasourceVariableBuilder('datasource').label('Data source').type('prometheus'))
    .withVariable(variable('sweep', 'Sweep', series('sweep_info')))
    .withVariable(variable('pool', 'Pool', series('agents')))
    .annotation(
      new AnnotationQueryBuilder()
        .name('Alerts')
        .datasource(DATASOURCE)
        .expr('ALERTS{alertname=~"Sower.*", alertstate="firing"}')
        .enable(true)
        .iconColor('orange'),
    )
    .withPanel(
      statPanel(
        { title: 'Trials ended', description: 'Share of the planned trials that have ended.', unit: 'percentunit' },
        {
          expr: `sum(${series('sweep_trials', `${OF_SWEEP}, state=~"done|diverged|failed|pruned|cancelled"`)}) / sum(${series('sweep_budget_trials', OF_SWEEP)})`,
          legend: 'ended',
        },
      ),
    )
    .withPanel(
      statPanel(
        { title: 'Running', description: 'Trials being trained now.', unit: 'short' },
        { expr: `sum(${series('sweep_trials', `${OF_SWEEP}, state="running"`)})`, legend: 'running' },
      ),
    )
    .withPanel(
      statPanel(
        { title: 'Slots busy', description: 'Share of the slots that train.', unit: 'percentunit' },
        {
          expr: `sum(${series('agent_slots', `${OF_POOL}, state="busy"`)}) / sum(${series('agent_slots', OF_POOL)})`,
          legend: 'busy',
        },
      ),
    )
    .withPanel(
      statPanel(
        { title: 'Ends in', description: 'At the pace so far; the slowest of the sweeps shown.', unit: 's' },
        { expr: `max(${series('sweep_eta_timestamp_seconds', OF_SWEEP)}) - time()`, legend: 'left' },
      ),
    );
  addSweeps(board);
  addFleet(board);
  return board.build();
}
