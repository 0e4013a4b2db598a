/** From the way a slot's process ended to the cause its attempt failed for. */
import type { AttemptFailure, FailureCause } from '../../../shared/protocol/index.ts';

export interface SlotExit {
  readonly exitCode: number | null;
  readonly signal: string | null;
  readonly stderrTail: string;
  /** Why the agent itself killed the process, where it did. */
  readonly killedFor: 'stall' | 'time limit' | null;
  /** The kernel's or the container's count of out-of-memory kills rose while the process ran. */
  readonly memoryKillSeen: boolean;
  readonly device: string;
}

const OUT_OF_MEMORY = /heap out of memory|std::bad_alloc|cannot allocate memory|out of memory/i;
const GPU_TROUBLE = /CUDA(?:_ERROR| error| failure)|cudnn|Xid|NVRM/i;
const CRASH_SIGNALS = ['SIGSEGV', 'SIGABRT', 'SIGBUS', 'SIGFPE', 'SIGILL', 'SIGTRAP'];

/** Infrastructure is the default: a crash is the trial's own fault only where something says so. */
export function failureOfExit(exit: SlotExit): AttemptFailure {
  const cause = causeOfExit(exit);
  return {
    cause,
    message: `${sentence(cause, exit)} (${exit.signal ?? `exit code ${exit.exitCode ?? 'unknown'}`})`,
    code: null,
    exitCode: exit.exitCode,
    signal: exit.signal,
    stderrTail: exit.stderrTail.slice(-8000),
  };
}

function causeOfExit(exit: SlotExit): FailureCause {
  if (exit.killedFor !== null) return 'timeout';
  if (exit.signal === 'SIGKILL' && exit.memoryKillSeen) return 'oom';
  const crashed = exit.signal === null ? exit.exitCode === 134 : CRASH_SIGNALS.includes(exit.signal);
  if (OUT_OF_MEMORY.test(exit.stderrTail) && (crashed || exit.exitCode !== 0)) return 'oom';
  if (exit.device !== 'cpu' && GPU_TROUBLE.test(exit.stderrTail)) return 'gpu_fault';
  return crashed && exit.device !== 'cpu' ? 'gpu_fault' : 'infra';
}

function sentence(cause: FailureCause, exit: SlotExit): string {
  if (exit.killedFor === 'stall') return 'no report for too long, so the slot was ended';
  if (exit.killedFor === 'time limit') return 'the attempt passed its time limit';
  if (cause === 'oom') return 'the slot ran out of memory';
  if (cause === 'gpu_fault') return `the slot crashed on ${exit.device}`;
  return 'the slot process died';
}
