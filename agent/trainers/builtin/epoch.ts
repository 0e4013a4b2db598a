import { setImmediate as turn } from 'node:timers/promises';
import { systemClock } from '../../../shared/kernel/system-clock.ts';
import type { TrainingRun } from '../../engine/port.ts';
import { TrialStopped } from '../port.ts';
import type { Pacer } from './pacer.ts';

export interface EpochOutcome {
  /** Mean over the rows that were trained on, each at the weights of its own step. */
  readonly loss: number;
  /** False where a loss or a parameter is NaN or infinite; the epoch ended there. */
  readonly finite: boolean;
  readonly rows: number;
  readonly seconds: number;
}

/** Trains on all rows in the given order, in pieces; throws TrialStopped between two of them once the signal says so. */
export async function trainEpoch(
  run: TrainingRun,
  rowOrder: Int32Array,
  batchSize: number,
  pacer: Pacer,
  signal: AbortSignal,
): Promise<EpochOutcome> {
  let lossSum = 0;
  let rows = 0;
  let durationMs = 0;
  for (let from = 0; from < rowOrder.length; ) {
    await turn();
    if (signal.aborted) throw new TrialStopped();
    const piece = rowOrder.subarray(from, from + pacer.stepCount() * batchSize);
    const startedAt = systemClock.monotonic();
    const result = await run.trainChunk(piece);
    const tookMs = systemClock.monotonic() - startedAt;
    durationMs += tookMs;
    pacer.learn(result.steps, tookMs);
    for (let step = 0; step < result.losses.length; step++) {
      const stepRows = Math.min(batchSize, piece.length - step * batchSize);
      lossSum += result.losses[step]! * stepRows;
      rows += stepRows;
    }
    if (!result.finite) return { loss: lossSum / rows, finite: false, rows, seconds: durationMs / 1000 };
    from += piece.length;
  }
  return { loss: lossSum / rows, finite: true, rows, seconds: durationMs / 1000 };
}
