/**
 * Whose fault a crash is. One that comes again in the same way on the same trial is the trial's own: as the machine's
 * fault it would be tried forever, because nothing ever uses up an attempt. Kills come from outside and never count.
 */
import type { AttemptFailure } from '../../../shared/protocol/index.ts';

interface Crashes {
  readonly way: string;
  readonly count: number;
}

/** Trials remembered; the oldest is forgotten first. */
const MOST_TRIALS = 1000;

export class CrashCount {
  private readonly repeats: number;
  private readonly crashes = new Map<string, Crashes>();

  /** `repeats`: crashes in the same way from which on the trial is to blame. */
  constructor(repeats: number) {
    this.repeats = repeats;
  }

  /** The failure of a slot that died while it trained this trial, with the cause that counts. */
  judge(sweep: string, trial: string, failure: AttemptFailure): AttemptFailure {
    if (failure.cause !== 'infra' && failure.cause !== 'gpu_fault') return failure;
    if (failure.signal === 'SIGKILL' || failure.signal === 'SIGTERM' || failure.exitCode === 0) return failure;
    const key = `${sweep} ${trial}`;
    const way = failure.signal ?? `exit code ${failure.exitCode}`;
    const before = this.crashes.get(key);
    const count = before?.way === way ? before.count + 1 : 1;
    this.crashes.delete(key);
    this.crashes.set(key, { way, count });
    const [oldest] = this.crashes.keys();
    if (this.crashes.size > MOST_TRIALS && oldest !== undefined) this.crashes.delete(oldest);
    if (count < this.repeats) return failure;
    const lastWords = failure.stderrTail.trim().split('\n').at(-1) ?? '';
    const words = lastWords === '' ? '' : `: ${lastWords.slice(0, 300)}`;
    return {
      ...failure,
      cause: 'user_error',
      code: 'E_TRIAL_CRASH',
      message: `the slot process died ${count} times in the same way while it trained this trial (${way})${words}`,
    };
  }
}
