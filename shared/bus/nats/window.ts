/** Admits a bounded number of tasks at once, the others in the order they came. */
export interface Window {
  run<T>(task: () => Promise<T>): Promise<T>;
  /** Resolves when nothing runs or waits, or at the deadline. */
  flush(deadlineMs: number): Promise<void>;
}

export function createWindow(size: number): Window {
  let running = 0;
  const waiting: (() => void)[] = [];
  const flushers = new Set<() => void>();

  const release = () => {
    const next = waiting.shift();
    if (next !== undefined) return next();
    running--;
    if (running === 0) for (const flushed of [...flushers]) flushed();
  };

  return {
    async run(task) {
      if (running < size) running++;
      else await new Promise<void>((resolve) => waiting.push(resolve));
      try {
        return await task();
      } finally {
        release();
      }
    },
    flush(deadlineMs) {
      if (running === 0) return Promise.resolve();
      return new Promise((resolve) => {
        const finish = () => {
          clearTimeout(timer);
          flushers.delete(finish);
          resolve();
        };
        const timer = setTimeout(finish, deadlineMs);
        flushers.add(finish);
      });
    },
  };
}
