/** Our engine against TensorFlow.js in one process, one core each, equal weights and batches. */
import { type Benchmark, median } from '../benchmark.ts';
import { openOurs } from './ours.ts';
import { ratio, runRounds } from './rounds.ts';
import { openTfjs } from './tfjs.ts';
import { compareLosses, makeWorkload } from './workload.ts';

const ROUNDS = 5;

export const engineBenchmark: Benchmark = {
  name: 'engine',
  usage: '',
  summary: 'MLP 784-100-10, batch 32, momentum, one core: steps/s against TensorFlow.js (wasm and cpu)',
  async run() {
    const workload = makeWorkload();
    const ours = await openOurs(workload);
    const others = [await openTfjs('wasm', workload, ours.weights), await openTfjs('cpu', workload, ours.weights)];
    const deviations = new Map(others.map((other) => [other, compareLosses(ours, other)]));
    const rates = await runRounds([ours, ...others], ROUNDS);
    console.log(`MLP 784-100-10, batch 32, momentum, one core, median of ${ROUNDS} interleaved rounds:`);
    console.log(`  ${ours.name}: ${median(rates.get(ours)!).toFixed(0)} steps/s`);
    for (const other of others) {
      const times = ratio(rates.get(ours)!, rates.get(other)!);
      console.log(
        `  ${other.name}: ${median(rates.get(other)!).toFixed(1)} steps/s; sower is ${times.toFixed(1)}x` +
          ` (losses of 20 steps differ by at most ${deviations.get(other)!.toExponential(1)})`,
      );
    }
    for (const contestant of [ours, ...others]) await contestant.close();
  },
};
