/** One page about a sweep: how far, how good, who works, what needs attention. */

import {
  formatClock,
  formatCount,
  formatMeanSd,
  formatMetric,
  formatParameters,
  formatSeconds,
  UNKNOWN,
} from '../../shared/view/format.ts';
import type { FleetRow, SweepSnapshot } from '../../shared/view/types.ts';
import type { CliContext } from '../context.ts';
import { formatCounts } from '../watch/summary-line.ts';
import { variedPaths } from './varied.ts';

/** `deserted`: the sweep belongs to this folder's own server, and no command runs it now. */
export function statusLines(
  snapshot: SweepSnapshot,
  { output, command }: CliContext,
  deserted: boolean,
): readonly string[] {
  const { strong, warn } = output.paint;
  const { planned, ended, eta, trialsPerMinute } = snapshot;
  const ends = eta === null ? UNKNOWN : `${formatClock(eta.earliestAt)}-${formatClock(eta.latestAt)}`;
  const pace = trialsPerMinute === null ? UNKNOWN : `${formatMetric(trialsPerMinute)} trials/min`;
  const running = snapshot.state === 'running';
  return [
    `sweep   ${strong(snapshot.sweep)}  ${snapshot.state}  ${formatSeconds(snapshot.elapsedSeconds)}`,
    `trials  ${formatCount(ended)}/${formatCount(planned)} (${Math.floor(100 * snapshot.progress)} %)  ${formatCounts(snapshot.counts)}`,
    ...(running && !deserted ? [`pace    ${pace}  ends ${ends}`] : []),
    `best    ${bestText(snapshot, output.ascii)}`,
    ...snapshot.running.map(
      ({ trial, agent, slot, epoch, epochs, objective }) =>
        `running ${trial}  ${agent}:${slot}  epoch ${epoch ?? UNKNOWN}/${epochs ?? UNKNOWN}  ${snapshot.objective.name} ${formatMetric(objective)}`,
    ),
    ...(snapshot.fleet.length === 0 ? ['agents  none'] : snapshot.fleet.map(fleetText)),
    ...snapshot.attention.map(({ title }) => `${warn('look')}    ${title}`),
    ...waitingReason(snapshot, command, deserted).map((reason) => `waits   ${reason}`),
  ];
}

function bestText({ best, objective, spec, state }: SweepSnapshot, ascii: boolean): string {
  if (best === null) {
    return `${UNKNOWN} (no configuration has results from all its seeds${state === 'finished' || state === 'cancelled' ? '' : ' yet'})`;
  }
  const spread = formatMeanSd(best.mean, best.sd, ascii);
  return `${objective.name} ${spread} (n=${best.n})  ${best.configuration} ${formatParameters(best.params, variedPaths(spec))}`;
}

function fleetText({ agent, state, pool, busySlots, slots, ageMs }: FleetRow): string {
  const age = ageMs === null ? UNKNOWN : formatSeconds(ageMs / 1000);
  return `agent   ${agent}  ${state}  pool ${pool}  ${busySlots}/${slots.length} slots busy  heard of ${age} ago`;
}

/** Why nothing happens, where something should. */
function waitingReason({ state, fleet, spec }: SweepSnapshot, command: string, deserted: boolean): readonly string[] {
  if (state !== 'running' && state !== 'waiting') return [];
  if (deserted) return [`no command runs it; to go on: ${command} run FILE, with the file of this sweep`];
  const able = fleet.filter((row) => row.pool === spec.pool && row.state === 'ready');
  if (able.length > 0) return [];
  return [`no agent works for pool "${spec.pool}"; start one: ${command} agent start --pool ${spec.pool}`];
}

export function statusJson(snapshot: SweepSnapshot): Readonly<Record<string, unknown>> {
  const { best, eta } = snapshot;
  return {
    sweep: snapshot.sweep,
    state: snapshot.state,
    objective: snapshot.objective,
    planned: snapshot.planned,
    ended: snapshot.ended,
    progress: snapshot.progress,
    counts: snapshot.counts,
    elapsed_seconds: snapshot.elapsedSeconds,
    trials_per_minute: snapshot.trialsPerMinute,
    eta: eta === null ? null : { earliest: iso(eta.earliestAt), latest: iso(eta.latestAt) },
    best:
      best === null
        ? null
        : {
            configuration: best.configuration,
            params: best.params,
            mean: best.mean,
            sd: best.sd,
            n: best.n,
            ci95: best.ci95,
          },
    running: snapshot.running.map(({ trial, agent, slot, epoch, epochs, metrics }) => ({
      trial,
      agent,
      slot,
      epoch,
      epochs,
      metrics,
    })),
    agents: snapshot.fleet.map(({ agent, pool, state, busySlots, slots, ageMs }) => ({
      agent,
      pool,
      state,
      slots: slots.length,
      busy_slots: busySlots,
      age_seconds: ageMs === null ? null : ageMs / 1000,
    })),
    attention: snapshot.attention.map(({ kind, title, count, trials }) => ({ kind, title, count, trials })),
  };
}

function iso(at: number): string {
  return new Date(at).toISOString();
}
