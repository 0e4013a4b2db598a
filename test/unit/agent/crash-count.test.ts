import { describe, expect, it } from 'vitest';
import { CrashCount } from '../../../agent/core/attempt/crash-count.ts';
import { failureOfExit } from '../../../agent/core/attempt/exit-cause.ts';

function crash(change: { signal?: string; exitCode?: number; stderrTail?: string; device?: string } = {}) {
  const { signal = null, exitCode = null, stderrTail = '', device = 'cpu' } = change;
  return failureOfExit({ exitCode, signal, stderrTail, device, killedFor: null, memoryKillSeen: false });
}

describe('a slot that dies on the same trial', () => {
  it("is the machine's fault twice and the trial's from the third time on", () => {
    const crashes = new CrashCount(3);
    const segfault = crash({ signal: 'SIGSEGV', stderrTail: 'loading kernel\nillegal access at 0x10\n' });
    const judged = [1, 2, 3, 4].map(() => crashes.judge('s', 't000001', segfault));
    expect(judged.map(({ cause }) => cause)).toEqual(['infra', 'infra', 'user_error', 'user_error']);
    expect(judged[2]).toMatchObject({
      code: 'E_TRIAL_CRASH',
      message:
        'the slot process died 3 times in the same way while it trained this trial (SIGSEGV): illegal access at 0x10',
      stderrTail: segfault.stderrTail,
    });
  });

  it('counts each trial of each sweep by itself, and each way of dying', () => {
    const crashes = new CrashCount(2);
    const judge = (sweep: string, trial: string, change: Parameters<typeof crash>[0]) =>
      crashes.judge(sweep, trial, crash(change)).cause;
    expect(judge('a', 't0', { signal: 'SIGSEGV' })).toBe('infra');
    expect(judge('a', 't1', { signal: 'SIGSEGV' })).toBe('infra');
    expect(judge('b', 't0', { signal: 'SIGSEGV' })).toBe('infra');
    expect(judge('a', 't0', { exitCode: 134 })).toBe('infra');
    expect(judge('a', 't0', { signal: 'SIGSEGV' })).toBe('infra');
    expect(judge('a', 't0', { signal: 'SIGSEGV' })).toBe('user_error');
    expect(judge('g', 't0', { signal: 'SIGABRT', device: 'cuda:0' })).toBe('gpu_fault');
    expect(judge('g', 't0', { signal: 'SIGABRT', device: 'cuda:0' })).toBe('user_error');
  });

  it.each([
    ['a kill from outside', { signal: 'SIGKILL' }, 'infra'],
    ['a request to end', { signal: 'SIGTERM' }, 'infra'],
    ['running out of memory', { signal: 'SIGABRT', stderrTail: 'std::bad_alloc' }, 'oom'],
  ])('never blames it for %s', (_, change, cause) => {
    const crashes = new CrashCount(1);
    expect([1, 2, 3].map(() => crashes.judge('s', 't', crash(change)).cause)).toEqual([cause, cause, cause]);
  });
});
