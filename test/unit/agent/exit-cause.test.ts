import { describe, expect, it } from 'vitest';
import { failureOfExit, type SlotExit } from '../../../agent/core/attempt/exit-cause.ts';

const exit: SlotExit = {
  exitCode: null,
  signal: null,
  stderrTail: '',
  killedFor: null,
  memoryKillSeen: false,
  device: 'cpu',
};

describe('failureOfExit', () => {
  it.each<[string, Partial<SlotExit>, string]>([
    ['a plain exit', { exitCode: 1 }, 'infra'],
    ['a kill by hand', { signal: 'SIGKILL' }, 'infra'],
    ['the out-of-memory killer', { signal: 'SIGKILL', memoryKillSeen: true }, 'oom'],
    ['V8 out of heap', { signal: 'SIGABRT', stderrTail: 'FATAL ERROR: JavaScript heap out of memory' }, 'oom'],
    ['C++ out of memory', { exitCode: 134, stderrTail: "terminate called: 'std::bad_alloc'" }, 'oom'],
    ['a crash on the CPU', { signal: 'SIGSEGV' }, 'infra'],
    ['a crash on a GPU', { signal: 'SIGSEGV', device: 'cuda:0' }, 'gpu_fault'],
    ['a driver error', { exitCode: 1, device: 'cuda:1', stderrTail: 'CUDA error 719: launch failure' }, 'gpu_fault'],
    ['a full GPU', { exitCode: 1, device: 'cuda:1', stderrTail: 'CUDA error: out of memory' }, 'oom'],
    ['a stall', { signal: 'SIGKILL', killedFor: 'stall' }, 'timeout'],
    ['the time limit', { signal: 'SIGKILL', killedFor: 'time limit', memoryKillSeen: true }, 'timeout'],
  ])('%s', (_, change, cause) => {
    expect(failureOfExit({ ...exit, ...change }).cause).toBe(cause);
  });

  it('says in a sentence what happened, and keeps the last words', () => {
    const failure = failureOfExit({ ...exit, signal: 'SIGKILL', memoryKillSeen: true, stderrTail: 'last words' });
    expect(failure).toEqual({
      cause: 'oom',
      message: 'the slot ran out of memory (SIGKILL)',
      code: null,
      exitCode: null,
      signal: 'SIGKILL',
      stderrTail: 'last words',
    });
  });
});
