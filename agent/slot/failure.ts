import { describeError, SowerError } from '../../shared/kernel/errors.ts';
import type { AttemptFailure, FailureCause } from '../../shared/protocol/index.ts';

/** Bounds of the protocol (`attemptFailure`). */
const MAX_MESSAGE = 2000;
const MAX_STDERR = 8000;

/** What went wrong in an attempt, in the words of the protocol. */
export function failureOf(error: unknown): AttemptFailure {
  const expected = error instanceof SowerError;
  const message = expected ? describeError(error).slice(error.code.length).trimStart() : textOf(error);
  return {
    cause: causeOf(error),
    message: message.slice(0, MAX_MESSAGE),
    code: expected ? error.code : errnoOf(error),
    exitCode: null,
    signal: null,
    // A stack helps whoever mends a bug; an expected failure is told by its sentence.
    stderrTail: expected || !(error instanceof Error) ? '' : (error.stack ?? '').slice(-MAX_STDERR),
  };
}

/**
 * What the machine refuses (a full disk, a missing library) is the machine's fault and costs the trial nothing.
 * Anything else would fail the same way elsewhere, so it uses up an attempt and ends some time.
 */
function causeOf(error: unknown): FailureCause {
  if (isOutOfMemory(error)) return 'oom';
  return errnoOf(error) === null ? 'user_error' : 'infra';
}

/** V8 and onnxruntime tell by text alone that an allocation failed. */
function isOutOfMemory(error: unknown): boolean {
  if (errnoOf(error) === 'ENOMEM') return true;
  return (
    !(error instanceof SowerError) &&
    /allocation failed|failed to allocate|bad_alloc|out of memory/i.test(textOf(error))
  );
}

/** Node cannot load a library this machine lacks. */
const LOADER_CODES = ['ERR_DLOPEN_FAILED', 'ERR_MODULE_NOT_FOUND', 'MODULE_NOT_FOUND'];

/** `ENOSPC`, `ERR_DLOPEN_FAILED`: the code of what the machine refused; null for other errors. */
function errnoOf(error: unknown): string | null {
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'string') return null;
  return 'errno' in error || LOADER_CODES.includes(error.code) ? error.code : null;
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
