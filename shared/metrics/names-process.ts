import type { MetricSpec } from './metric-spec.ts';

/** Of any process of Sower, and of its connection. */
export const PROCESS_METRICS = {
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
