/** Sower's engine through its public door. */
import { createOrtEngine, type ParameterTensor } from '../../agent/engine/index.ts';
import type { BenchNet } from '../nets/nets.ts';
import { comparedSteps, type Workload } from '../nets/workload.ts';

export interface OurTraining {
  readonly library: string;
  readonly firstLosses: readonly number[];
  /** The weights it started from. */
  readonly parameters: readonly ParameterTensor[];
  trainRound(): Promise<void>;
}

export async function openOurs({ structure, epochsPerRound, ...net }: BenchNet, work: Workload): Promise<OurTraining> {
  const engine = await createOrtEngine({ threads: 1 });
  const program = await engine.compile(structure);
  const { layers, optimizer, batchSize } = structure;
  const run = await program.start({ seed: 1, train: work.train, layers, optimizer });
  const parameters = run.parameters();
  const compared = comparedSteps({ structure, epochsPerRound, ...net });
  const { losses } = await run.trainChunk(work.order.subarray(0, compared * batchSize));
  return {
    library: `Sower (${engine.identity.engine} ${engine.identity.version})`,
    parameters,
    firstLosses: [...losses],
    async trainRound() {
      for (let epoch = 0; epoch < epochsPerRound; epoch++) {
        run.beginEpoch();
        const { finite } = await run.trainChunk(work.order);
        if (!finite) throw new Error(`${net.name} diverged`);
      }
    },
  };
}
