import type { MetricRegistry } from '../../shared/metrics/index.ts';
import type { PresenceEntry } from '../../shared/protocol/index.ts';
import type { FleetState } from '../core/fleet/index.ts';

const SLOT_STATES = ['starting', 'idle', 'busy', 'draining', 'closed'] as const;

/**
 * Agents as the coordinator sees them. A series has one owner: what an agent with an endpoint of its own shows there (slots,
 * GPUs) is left to it.
 */
export function exposeFleet(metrics: MetricRegistry, fleet: FleetState | null, now: number): void {
  const agents = metrics.gauge('agents');
  const heartbeat = metrics.gauge('agent_last_heartbeat_timestamp_seconds');
  const slots = metrics.gauge('agent_slots');
  for (const gauge of [agents, heartbeat, slots]) gauge.reset();
  resetGpus(metrics);
  for (const pool of fleet?.slots.keys() ?? []) {
    for (const state of ['ready', 'draining']) agents.set({ pool, state }, 0);
  }
  for (const { entry, ageMs } of fleet?.agents.values() ?? []) {
    const { agent, pool } = entry;
    agents.inc({ pool, state: entry.draining ? 'draining' : 'ready' });
    heartbeat.set({ agent, pool }, (now - ageMs) / 1000);
    if (entry.metricsAddress !== null) continue;
    for (const state of SLOT_STATES) {
      slots.set({ agent, pool, state }, entry.slots.filter((slot) => slot.state === state).length);
    }
    exposeGpus(metrics, agent, entry.gpus);
  }
}

const GPU_METRICS = [
  'agent_gpu_utilization_ratio',
  'agent_gpu_memory_used_bytes',
  'agent_gpu_memory_total_bytes',
  'agent_gpu_temperature_celsius',
] as const;

function resetGpus(metrics: MetricRegistry): void {
  for (const key of GPU_METRICS) metrics.gauge(key).reset();
}

function exposeGpus(metrics: MetricRegistry, agent: string, gpus: PresenceEntry['gpus']): void {
  for (const { index, utilization, memoryUsedBytes, memoryTotalBytes, temperatureCelsius } of gpus) {
    const values = [utilization, memoryUsedBytes, memoryTotalBytes, temperatureCelsius];
    for (const [i, key] of GPU_METRICS.entries()) {
      const value = values[i] ?? null;
      if (value !== null) metrics.gauge(key).set({ agent, gpu: String(index) }, value);
    }
  }
}
