/** Time as a port: pure code receives stamps, shells hold a clock, tests hold a virtual one. */
export interface Clock {
  /** Wall-clock milliseconds since the epoch; for people, never for ordering. */
  now(): number;
  /** Monotonic milliseconds; for deadlines and durations. */
  monotonic(): number;
}

export type Log = (
  level: 'debug' | 'info' | 'warn' | 'error',
  message: string,
  fields?: Readonly<Record<string, unknown>>,
) => void;
