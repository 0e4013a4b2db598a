import type { AgentLimits } from '../core/limits.ts';

/**
 * Does `task` until it succeeds or the signal fires (then null). For what must reach the server whatever happens to the
 * connection; the pause doubles up to `retryMaxMs`. `onFailure` hears of each failure and may end it by returning 'give up'.
 */
export async function persist<T>(
  task: () => Promise<T>,
  limits: Pick<AgentLimits, 'retryMs' | 'retryMaxMs'>,
  signal: AbortSignal,
  onFailure: (error: unknown, tries: number) => 'again' | 'give up',
): Promise<T | null> {
  for (let tries = 1; !signal.aborted; tries++) {
    try {
      return await task();
    } catch (error) {
      if (signal.aborted || onFailure(error, tries) === 'give up') return null;
      await pause(Math.min(limits.retryMaxMs, limits.retryMs * 2 ** (tries - 1)), signal);
    }
  }
  return null;
}

/** Resolves after `ms`, or at once when the signal fires. */
export function pause(ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal.addEventListener('abort', end);
  });
}
