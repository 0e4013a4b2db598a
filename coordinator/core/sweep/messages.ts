import type { AttemptFailure, SowerEvent } from '../../../shared/protocol/index.ts';
import type { Decision } from './state.ts';
import type { FinalOutcome } from './status.ts';

/** `at` is the coordinator's clock (ms since the epoch), stamped by the shell. */
export type SweepCommand =
  | { readonly type: 'submit'; readonly at: number }
  | { readonly type: 'cancel'; readonly at: number; readonly reason: string }
  /** Plan what fits into the window; `slots` of the sweep's pool. */
  | { readonly type: 'plan'; readonly at: number; readonly slots: number }
  /** Attempts (ids) whose agent is gone. */
  | { readonly type: 'lose'; readonly at: number; readonly attempts: ReadonlySet<string> }
  /**
   * `suspects` (`item/gen`) were open and confirmed before the queue was read, every event stored until then is folded,
   * and the queue does not hold them.
   */
  | { readonly type: 'reconcile'; readonly at: number; readonly suspects: ReadonlySet<string> };

export type SweepEvent =
  /** An event of the log; `seq` is null until the log stored it. `at`: when this process learned of it. */
  | { readonly type: 'logged'; readonly seq: number | null; readonly at: number; readonly event: SowerEvent }
  /** The server has the item's message. */
  | { readonly type: 'queued'; readonly item: number; readonly gen: number }
  /** The trial's record is in DONE. */
  | { readonly type: 'recorded'; readonly trial: number }
  /** DONE holds a record that the events do not explain (the log lost some): the record counts. */
  | { readonly type: 'adopted'; readonly trial: number; readonly outcome: FinalOutcome; readonly attempts: number }
  /** Trials nobody will train, because the sweep was cancelled. */
  | { readonly type: 'withdrawn'; readonly trials: readonly number[] };

export type SweepEffect =
  | {
      readonly type: 'enqueue';
      readonly item: number;
      readonly gen: number;
      readonly pool: string;
      readonly trials: readonly number[];
    }
  /** Takes generations of an item before `gen` out of the queue. */
  | { readonly type: 'unqueue'; readonly item: number; readonly gen: number; readonly pool: string }
  | { readonly type: 'record'; readonly decision: Decision }
  /** Empty the queue of the sweep and tell agents to stop. */
  | { readonly type: 'halt' }
  /** Feed `withdrawn` with every undecided trial, bit by bit. */
  | { readonly type: 'withdraw' };

/** The code of a failure that the coordinator decides. */
export const FAILURE_CODE = { agentLost: 'E_AGENT_LOST', killsAgents: 'E_KILLS_AGENTS' } as const;

export function agentLost(agent: string): AttemptFailure {
  return {
    cause: 'agent_lost',
    message: `agent ${agent} is gone`,
    code: FAILURE_CODE.agentLost,
    exitCode: null,
    signal: null,
    stderrTail: '',
  };
}
