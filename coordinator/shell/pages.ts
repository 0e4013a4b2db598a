import { type HttpRoutes, jsonReply, type MetricRegistry, metricsRoute } from '../../shared/metrics/index.ts';
import type { Session } from './session.ts';

export interface Health {
  readonly role: 'leader' | 'standby';
  readonly connected: boolean;
  readonly leaseConfirmedAgoMs: number | null;
  readonly session: Session | null;
}

/** `/metrics`, `/healthz` and `/sd`. */
export function coordinatorPages(metrics: MetricRegistry, health: () => Health, leaseStepDownMs: number): HttpRoutes {
  return {
    '/metrics': metricsRoute(metrics),
    '/healthz': () => healthReply(health(), leaseStepDownMs),
    '/sd': () => jsonReply(200, targets(health().session)),
  };
}

/** A standby is healthy while it is connected; a leader while it also folds the log under a confirmed lease. */
function healthReply({ role, connected, leaseConfirmedAgoMs, session }: Health, leaseStepDownMs: number) {
  const leased = leaseConfirmedAgoMs !== null && leaseConfirmedAgoMs < leaseStepDownMs;
  const ok = connected && (role === 'standby' || (leased && session?.phase === 'live'));
  return jsonReply(ok ? 200 : 503, {
    status: ok ? 'ok' : 'unavailable',
    role,
    nats: connected ? 'connected' : 'disconnected',
    phase: session?.phase ?? 'waiting',
    cursor: session?.cursor ?? null,
    sweeps: session?.runners.size ?? 0,
    agents: session?.fleet.agents.size ?? 0,
    leaseConfirmedAgoMs: leaseConfirmedAgoMs === null ? null : Math.round(leaseConfirmedAgoMs),
  });
}

/** Prometheus HTTP service discovery: every agent that has an endpoint; the whole list, every time. */
function targets(session: Session | null) {
  return [...(session?.fleet.agents.values() ?? [])].flatMap(({ entry: { metricsAddress, pool, agent } }) =>
    metricsAddress === null ? [] : [{ targets: [metricsAddress], labels: { pool, agent } }],
  );
}
