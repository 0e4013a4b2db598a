import { setImmediate as turn } from 'node:timers/promises';
import { systemClock } from '../../../shared/kernel/system-clock.ts';
import type { TrainingRun } from '../../engine/port.ts';
import type { Pacer } from './pacer.ts';
import type { EpochProgress } from './trial-state.ts';

export interface EpochPlan {
  /** All rows, in the order of this epoch. */
  readonly order: Int32Array;
  readonly batchSize: number;
  /** Batches of one optimizer step: only after whole steps may an epoch be interrupted. */
  readonly accumulateBatches: number;
  /** The rate of each batch, where it may move within an epoch. */
  readonly rates: Float32Array | null;
}

export interface EpochOutcome extends EpochProgress {
  /** False where a loss or a parameter is NaN or infinite; the epoch ended there. */
  readonly finite: boolean;
}

/**
 * Trains on the rows of the order that `from` has not done yet, in pieces; `between` is called before each and may throw
 * to interrupt. Losses are summed batch by batch, so that the sum does not depend on the pieces.
 */
export async function trainEpoch(
  run: TrainingRun,
  { order, batchSize, accumulateBatches, rates }: EpochPlan,
  from: EpochProgress,
  pacer: Pacer,
  between: (progress: EpochProgress) => Promise<void>,
): Promise<EpochOutcome> {
  let { rows, lossSum, durationMs } = from;
  while (rows < order.length) {
    await turn();
    await between({ rows, lossSum, durationMs });
    const stepCount = Math.ceil(pacer.stepCount() / accumulateBatches) * accumulateBatches;
    const piece = order.subarray(rows, rows + stepCount * batchSize);
    const firstBatch = rows / batchSize;
    const pieceRates = rates?.subarray(firstBatch, firstBatch + Math.ceil(piece.length / batchSize));
    const startedAt = systemClock.monotonic();
    if (rows === 0) run.beginEpoch();
    const result = await run.trainChunk(piece, pieceRates);
    const tookMs = systemClock.monotonic() - startedAt;
    durationMs += tookMs;
    pacer.learn(result.steps, tookMs);
    for (let step = 0; step < result.losses.length; step++) {
      const stepRows = Math.min(batchSize, piece.length - step * batchSize);
      lossSum += result.losses[step]! * stepRows;
      rows += stepRows;
    }
    if (!result.finite) return { lossSum, finite: false, rows, durationMs };
  }
  return { lossSum, finite: true, rows, durationMs };
}
