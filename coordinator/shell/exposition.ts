/** The coordinator's metrics: gauges and counters are read from the folded state when somebody asks for them. */
import type { Clock } from '../../shared/kernel/clock.ts';
import { trialId } from '../../shared/kernel/ids.ts';
import type { MetricRegistry } from '../../shared/metrics/index.ts';
import type { Decision, SweepFacts } from '../core/sweep/index.ts';
import { exposeFleet } from './exposition-fleet.ts';
import type { CoordinatorLimits } from './limits.ts';
import type { LatestReport, LiveReports } from './live-reports.ts';
import type { Session } from './session.ts';
import type { SweepRunner } from './sweep-runner.ts';

/** State of a sweep as people and alerts know it. */
const SWEEP_STATES = ['running', 'cancelling', 'finished'] as const;

export interface Exposition {
  onDecided(facts: SweepFacts, decision: Decision): void;
  onRejected(stream: string): void;
}

/** Fills `metrics` from what `session` holds at every scrape. */
export function exposeCoordinator(
  metrics: MetricRegistry,
  session: () => Session | null,
  reports: LiveReports,
  { clock, limits }: { readonly clock: Clock; readonly limits: CoordinatorLimits },
): Exposition {
  const duration = metrics.histogram('trial_duration_seconds');
  const rejected = metrics.counter('messages_rejected_total');
  const leader = metrics.gauge('coordinator_leader');
  metrics.onScrape(() => {
    const current = session();
    const live = current?.phase === 'live' ? current : null;
    leader.set(live === null ? 0 : 1);
    exposeFleet(metrics, live?.fleet ?? null, clock.now());
    const runners = [...(live?.runners.values() ?? [])];
    exposeSweeps(metrics, runners, clock.now());
    exposeTrials(metrics, runners, reports, limits);
  });
  return {
    onDecided({ sweep }, { outcome, result }) {
      if (result !== null) duration.observe({ sweep, outcome }, result.seconds);
    },
    onRejected: (stream) => rejected.inc({ stream }),
  };
}

function exposeSweeps(metrics: MetricRegistry, runners: readonly SweepRunner[], now: number): void {
  const keys = ['sweep_info', 'sweep_state', 'sweep_trials', 'sweep_budget_trials', 'queue_ready_trials'] as const;
  for (const key of keys) metrics.gauge(key).reset();
  const counters = [
    'trials_finished_total',
    'trial_attempts_total',
    'trial_retries_total',
    'results_duplicate_total',
  ] as const;
  for (const key of counters) metrics.counter(key).reset();
  for (const key of ['sweep_best_objective', 'sweep_eta_timestamp_seconds'] as const) metrics.gauge(key).reset();
  metrics.gauge('sweep_last_improvement_timestamp_seconds').reset();
  metrics.gauge('sweep_last_result_timestamp_seconds').reset();
  for (const { facts, spec, state } of runners) {
    const { sweep, pool } = facts;
    const { totals, phase } = state;
    metrics
      .gauge('sweep_info')
      .set({ sweep, method: spec.method, objective: facts.objective, direction: facts.goal }, 1);
    for (const name of SWEEP_STATES) metrics.gauge('sweep_state').set({ sweep, state: name }, name === phase ? 1 : 0);
    for (const [name, count] of Object.entries(totals.byStatus)) {
      metrics.gauge('sweep_trials').set({ sweep, state: name === 'fresh' ? 'pending' : name }, count);
    }
    metrics.gauge('sweep_budget_trials').set({ sweep }, facts.planned);
    metrics.gauge('queue_ready_trials').set({ sweep, pool }, totals.byStatus.queued);
    for (const outcome of ['completed', 'diverged', 'failed', 'pruned', 'cancelled'] as const) {
      metrics.counter('trials_finished_total').inc({ sweep, outcome }, totals.byStatus[outcome]);
    }
    for (const [reason, n] of Object.entries(totals.attempts))
      metrics.counter('trial_attempts_total').inc({ sweep, reason }, n);
    for (const [cause, n] of Object.entries(totals.retries))
      metrics.counter('trial_retries_total').inc({ sweep, cause }, n);
    metrics.counter('results_duplicate_total').inc({ sweep }, totals.duplicates);
    exposeTimes(metrics, state, now);
  }
}

function exposeTimes(
  metrics: MetricRegistry,
  { facts: { sweep, planned }, totals, phase }: SweepRunner['state'],
  now: number,
): void {
  const best = totals.best[0];
  if (best !== undefined) metrics.gauge('sweep_best_objective').set({ sweep }, best.value);
  const { submittedAt, lastResultAt, lastImprovementAt } = totals;
  if (lastImprovementAt !== null) {
    metrics.gauge('sweep_last_improvement_timestamp_seconds').set({ sweep }, lastImprovementAt / 1000);
  }
  if (lastResultAt === null) return;
  metrics.gauge('sweep_last_result_timestamp_seconds').set({ sweep }, lastResultAt / 1000);
  const { completed, diverged, failed, pruned, cancelled } = totals.byStatus;
  const finished = completed + diverged + failed + pruned + cancelled;
  if (phase !== 'running' || submittedAt === null || finished === 0) return;
  const eta = now + ((planned - finished) * Math.max(0, lastResultAt - submittedAt)) / finished;
  metrics.gauge('sweep_eta_timestamp_seconds').set({ sweep }, eta / 1000);
}

/** `trial` is a label here only: running trials and the best 20, within the cap. */
function exposeTrials(
  metrics: MetricRegistry,
  runners: readonly SweepRunner[],
  reports: LiveReports,
  limits: CoordinatorLimits,
): void {
  const objective = metrics.gauge('trial_objective');
  const step = metrics.gauge('trial_step');
  objective.reset();
  step.reset();
  let left = limits.trialSeries;
  for (const runner of runners) {
    const { sweep } = runner.facts;
    const series = new Map<number, LatestReport>(
      runner.state.totals.best.map(({ trial, value, epochs }) => [trial, { value, epoch: epochs }]),
    );
    for (const [trial, report] of reports.of(sweep)) {
      if (!runner.hasTrial(trial)) reports.forget(sweep, trial);
      else if (series.size < limits.trialSeriesPerSweep) series.set(trial, report);
    }
    for (const [trial, { value, epoch }] of series) {
      if (left-- <= 0) return;
      if (value !== null) objective.set({ sweep, trial: trialId(trial) }, value);
      step.set({ sweep, trial: trialId(trial) }, epoch);
    }
  }
}
