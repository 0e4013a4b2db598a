import { deriveKey, drawUniform } from '../../shared/kernel/random.ts';
import type { NoopConfig } from '../../shared/sweep/train.ts';
import { type Trainer, TrialStopped } from './port.ts';

/**
 * Waits instead of training. The objective is a draw keyed by configuration and seed, so that a rehearsal has something
 * to rank, the same every time.
 */
export function createNoopTrainer(): Trainer<NoopConfig> {
  return {
    async train({ spec, trial }, { seconds }, report, signal) {
      await waitFor(seconds, signal);
      const metrics = {
        [spec.objective.name]: drawUniform(deriveKey('noop', trial.seed, trial.configurationIndex), 0),
      };
      report({ epoch: 1, epochs: 1, metrics, samplesPerSecond: 0 });
      return {
        outcome: 'completed',
        reason: null,
        metrics,
        epochs: 1,
        steps: 0,
        seconds,
        samplesPerSecond: 0,
        history: [metrics],
        model: null,
        provenance: null,
      };
    },
    close: () => Promise.resolve(),
  };
}

function waitFor(seconds: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.reject(new TrialStopped());
  if (seconds === 0) return Promise.resolve();
  return new Promise((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer);
      reject(new TrialStopped());
    };
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', stop);
      resolve();
    }, seconds * 1000);
    signal.addEventListener('abort', stop, { once: true });
  });
}
