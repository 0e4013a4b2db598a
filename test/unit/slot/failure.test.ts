import { mkdir } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { failureOf } from '../../../agent/slot/failure.ts';
import { SowerError } from '../../../shared/kernel/errors.ts';
import { attemptFailure } from '../../../shared/protocol/result.ts';

describe('failureOf', () => {
  it('tells an expected failure by its sentence', () => {
    const error = new SowerError('E_DATA_SPLIT', 'asks for too much', { where: 'train.data', fix: 'ask for less' });
    expect(failureOf(error)).toEqual({
      cause: 'user_error',
      message: 'train.data: asks for too much; ask for less',
      code: 'E_DATA_SPLIT',
      exitCode: null,
      signal: null,
      stderrTail: '',
    });
  });

  it('holds what the machine refuses against the machine', async () => {
    const refused = await mkdir('/proc/sower').catch((error: unknown) => error);
    expect(failureOf(refused)).toMatchObject({ cause: 'infra', code: 'ENOENT' });
    const unloadable = Object.assign(new Error('libx.so: cannot open'), { code: 'ERR_DLOPEN_FAILED' });
    expect(failureOf(unloadable)).toMatchObject({ cause: 'infra', code: 'ERR_DLOPEN_FAILED' });
  });

  it('knows memory that ran out', () => {
    let error: unknown;
    try {
      new ArrayBuffer(Number.MAX_SAFE_INTEGER);
    } catch (thrown) {
      error = thrown;
    }
    expect(failureOf(error)).toMatchObject({ cause: 'oom' });
    expect(failureOf(new Error('std::bad_alloc'))).toMatchObject({ cause: 'oom' });
  });

  it('keeps the stack of a bug, within the bounds of the protocol', () => {
    const failure = failureOf(new Error(`broken: ${'x'.repeat(20_000)}`));
    expect(attemptFailure.parse(failure)).toEqual(failure);
    expect(failure).toMatchObject({ cause: 'user_error', code: null });
    expect(failure.stderrTail).toContain('failure.test.ts');
    expect(failureOf('thrown text').message).toBe('thrown text');
  });
});
