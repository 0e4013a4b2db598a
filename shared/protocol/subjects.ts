/** Every subject, stream and bucket name; nothing else spells them. */

export const STREAM = {
  trials: 'TRIALS',
  events: 'EVENTS',
  done: 'DONE',
  metrics: 'METRICS',
  advisories: 'ADV',
} as const;
export const BUCKET = { presence: 'presence', lead: 'lead', sweeps: 'sweeps' } as const;
export const OBJECTS = { checkpoints: 'ckpt', models: 'models', data: 'data' } as const;

export const WHOLE_SWEEP = '-';

export const subjects = {
  trial: (pool: string, sweep: string, item: string, gen: number) => `trial.${pool}.${sweep}.${item}.${gen}`,
  trialsOfPool: (pool: string) => `trial.${pool}.>`,
  event: (sweep: string, author: string, trial: string, kind: string) => `ev.${sweep}.${author}.${trial}.${kind}`,
  eventsOf: (sweep: string) => `ev.${sweep}.>`,
  eventsOfKind: (sweep: string, kind: string) => `ev.${sweep}.*.*.${kind}`,
  done: (sweep: string, trial: string) => `done.${sweep}.${trial}`,
  doneOf: (sweep: string) => `done.${sweep}.*`,
  report: (sweep: string, agent: string, trial: string) => `m.${sweep}.${agent}.${trial}`,
  reportsOf: (sweep: string) => `m.${sweep}.>`,
  /** What the server repeats for viewers, who may lose messages. */
  live: (subject: string) => `live.${subject}`,
  /** Requests to the coordinator (`submit`, `cancel`) and orders to agents (`stop`). */
  control: (target: string, verb: string) => `ctl.${target}.${verb}`,
  controlOf: (target: string) => `ctl.${target}.>`,
} as const;

/** One durable pull consumer per pool. */
export const consumerOfPool = (pool: string) => `w_${pool}`;
