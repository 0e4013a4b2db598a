/** Sower's engine through its public door. */
import { createOrtEngine } from '../../agent/engine/index.ts';
import {
  BATCH,
  COMPARED_STEPS,
  type Contestant,
  EPOCH_STEPS,
  STRUCTURE,
  type Weights,
  type Workload,
} from './workload.ts';

/** About a tenth of a second each, as the trainer asks for them. */
const EPOCHS_PER_ROUND = 4;

export async function openOurs({ train, order }: Workload): Promise<Contestant & { readonly weights: Weights }> {
  const engine = await createOrtEngine({ threads: 1 });
  const program = await engine.compile(STRUCTURE);
  const run = await program.start({ seed: 1, train, layers: STRUCTURE.layers, optimizer: STRUCTURE.optimizer });
  const weights = run.parameters();
  const { losses } = await run.trainChunk(order.subarray(0, COMPARED_STEPS * BATCH));
  return {
    name: `sower (${engine.identity.engine} ${engine.identity.version})`,
    weights,
    firstLosses: [...losses],
    stepsPerRound: EPOCHS_PER_ROUND * EPOCH_STEPS,
    async train() {
      for (let epoch = 0; epoch < EPOCHS_PER_ROUND; epoch++) {
        const { finite } = await run.trainChunk(order);
        if (!finite) throw new Error('training diverged');
      }
    },
    close: () => engine.close(),
  };
}
