import type { Bus } from '../../shared/bus/port.ts';
import type { Clock, Log } from '../../shared/kernel/clock.ts';
import type { CrashCount } from '../core/attempt/crash-count.ts';
import type { AgentLimits } from '../core/limits.ts';
import type { DataFiles } from './data-files.ts';
import type { Outbox } from './outbox.ts';
import type { Publisher } from './publisher.ts';
import type { SweepFiles } from './sweep-files.ts';
import type { Telemetry } from './telemetry.ts';

/** What one agent's slots share. */
export interface AgentParts {
  readonly agent: string;
  readonly pool: string;
  readonly home: string;
  readonly bus: Bus;
  readonly sweeps: SweepFiles;
  readonly dataFiles: DataFiles;
  readonly outbox: Outbox;
  readonly publisher: Publisher;
  readonly telemetry: Telemetry;
  /** Of this agent's slots, over all trials. */
  readonly crashes: CrashCount;
  readonly limits: AgentLimits;
  readonly clock: Clock;
  readonly log: Log;
  /** Fires when the agent ends: what still waits gives up. */
  readonly ended: AbortSignal;
  /** Makes the pool's consumer if it is not there. */
  readonly openPool: () => Promise<void>;
  readonly nextAttemptId: () => string;
  /** A broken invariant: the agent cannot be trusted to go on. */
  readonly onFault: (error: unknown) => void;
}
