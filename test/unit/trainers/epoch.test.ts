import { expect, it } from 'vitest';
import { createOrtEngine } from '../../../agent/engine/index.ts';
import { decodeCheckpoint } from '../../../agent/engine/run/checkpoint.ts';
import { trainEpoch } from '../../../agent/trainers/builtin/epoch.ts';
import { createPacer } from '../../../agent/trainers/builtin/pacer.ts';
import { mlp, train } from '../../contract/engine-nets.ts';

it('tells the engine where an epoch begins, and not where one goes on', async () => {
  const engine = await createOrtEngine({ threads: 1 });
  try {
    const { layers, optimizer, batchSize } = mlp;
    const run = await (await engine.compile(mlp)).start({ seed: 1, train, layers, optimizer });
    const phase = (): string | undefined => decodeCheckpoint(run.save()).metadata.slot_phase;
    const order = Int32Array.from({ length: 3 * batchSize }, (_, i) => i);
    const plan = { order, batchSize, accumulateBatches: 1, rates: null };
    const trainFrom = (rows: number) =>
      trainEpoch(run, plan, { rows, lossSum: 0, durationMs: 0 }, createPacer(), async () => undefined);
    await trainFrom(0);
    await trainFrom(0);
    expect(phase()).toBe('3');
    await trainFrom(batchSize);
    expect(phase()).toBe('5');
  } finally {
    await engine.close();
  }
});
