/** Our engine against TensorFlow.js, one core each, equal weights and batches. Needs nothing but npm packages. */
import type { Benchmark } from '../benchmark.ts';
import { compareNet } from '../contest/compare.ts';
import { ownCommand } from '../contest/process.ts';
import { describeComparison, describeRounds } from '../contest/report.ts';
import { benchNet, type Rival } from '../nets/nets.ts';
import { withFolder } from '../temporary-folder.ts';

const ROUNDS = 5;

/** Only those that npm brings; TensorFlow.js' wasm has no gradient of a convolution. */
const COMMANDS: Readonly<Partial<Record<Rival, string>>> = { 'tfjs wasm': 'tfjs-wasm', 'tfjs cpu': 'tfjs-cpu' };

export const engineBenchmark: Benchmark = {
  name: 'engine',
  usage: '',
  summary: 'mlp against TensorFlow.js wasm and conv8 against its pure JavaScript, one core: steps/s',
  async run() {
    await withFolder('engine', async (folder) => {
      console.log(`${describeRounds(ROUNDS, 'wall')}\n`);
      for (const net of ['mlp', 'conv8'].map(benchNet)) {
        const comparison = await compareNet(net, {
          rounds: ROUNDS,
          clock: 'wall',
          folder,
          commandOf(rival, { name }, place) {
            const contestant = COMMANDS[rival];
            return contestant === undefined ? null : ownCommand(contestant, name, place);
          },
        });
        console.log(`${describeComparison(comparison).join('\n')}\n`);
      }
    });
  },
};
