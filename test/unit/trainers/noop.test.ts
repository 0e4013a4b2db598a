import { describe, expect, it } from 'vitest';
import { TrialStopped } from '../../../agent/trainers/port.ts';
import { createTrainers } from '../../../agent/trainers/registry.ts';
import { trialResult } from '../../../shared/protocol/result.ts';
import { trialAt } from '../../../shared/sweep/index.ts';
import { noopSweep } from '../../support/trials.ts';

const settings = { threads: 1, dataDir: null, cacheDir: '/nonexistent' };
const never = new AbortController().signal;

function jobOf(seconds: number, index: number) {
  const spec = noopSweep(seconds);
  return { sweep: 'small-0', spec, trial: trialAt(spec, index), folder: '/nonexistent' };
}

describe('the noop trainer', () => {
  it('gives a result the protocol accepts, with an objective to rank', async () => {
    const reports: unknown[] = [];
    const result = await createTrainers(settings).train(jobOf(0, 0), (report) => reports.push(report), never);
    expect(trialResult.parse(result)).toEqual(result);
    expect(result.metrics.val_loss).toBeGreaterThan(0);
    expect(reports).toHaveLength(1);
  });

  it('draws the objective from configuration and seed', async () => {
    const trainers = createTrainers(settings);
    const objective = async (index: number) =>
      (await trainers.train(jobOf(0, index), () => undefined, never)).metrics.val_loss;
    const values = [await objective(0), await objective(1), await objective(2)];
    expect(new Set(values).size).toBe(3);
    expect(await objective(0)).toBe(values[0]);
  });

  it('stops when told, before or while it waits', async () => {
    const trainers = createTrainers(settings);
    await expect(trainers.train(jobOf(3600, 0), () => undefined, AbortSignal.abort())).rejects.toThrow(TrialStopped);
    const abort = new AbortController();
    const waiting = trainers.train(jobOf(3600, 0), () => undefined, abort.signal);
    abort.abort();
    await expect(waiting).rejects.toThrow(TrialStopped);
  });
});
