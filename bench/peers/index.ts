/**
 * Our engine against PyTorch, JAX and TensorFlow.js on one core. Each has its own process and trains the same weights on
 * the same batches, a round at a time in turn; the first losses must agree. Every library counts with its fastest form.
 */
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { EXIT, SowerError } from '../../shared/kernel/errors.ts';
import { packageRoot } from '../../shared/process/package-root.ts';
import type { Benchmark } from '../benchmark.ts';
import { type Comparison, compareNet } from '../contest/compare.ts';
import type { Clock } from '../contest/contestant.ts';
import { ownCommand } from '../contest/process.ts';
import { describeComparison, describeRounds, describeTable } from '../contest/report.ts';
import { BENCH_NETS, type BenchNet, benchNet, type Rival } from '../nets/nets.ts';
import { withFolder } from '../temporary-folder.ts';
import { givenEnvironment, makeEnvironment } from './python.ts';

const ROUNDS = 7;

function commandOf(python: string, rival: Rival, net: BenchNet, folder: string): readonly string[] {
  const script = (name: string): readonly string[] => [python, join(packageRoot(), 'bench', 'peers', name), folder];
  switch (rival) {
    case 'PyTorch':
      return script('torch_peer.py');
    case 'JAX':
      return script('jax_peer.py');
    case 'tfjs wasm':
      return ownCommand('tfjs-wasm', net.name, folder);
    case 'tfjs cpu':
      return ownCommand('tfjs-cpu', net.name, folder);
    default:
      return rival satisfies never;
  }
}

function readRounds(text: string): number {
  const rounds = Number(text);
  if (Number.isInteger(rounds) && rounds > 0) return rounds;
  throw new SowerError('E_BENCH_ROUNDS', `--rounds ${text} is no whole number of at least 1`, {
    fix: `leave it out for ${ROUNDS}`,
    exit: EXIT.usage,
  });
}

export const peersBenchmark: Benchmark = {
  name: 'peers',
  usage: '[--venv DIR] [--nets mlp,conv8,...] [--rounds N] [--cpu-time]',
  summary: `${BENCH_NETS.map(({ name }) => name).join(', ')} against the best of PyTorch, JAX and TensorFlow.js; needs python3`,
  async run(args) {
    const { values } = parseArgs({
      args: [...args],
      options: {
        venv: { type: 'string' },
        nets: { type: 'string' },
        rounds: { type: 'string', default: String(ROUNDS) },
        'cpu-time': { type: 'boolean', default: false },
      },
    });
    const rounds = readRounds(values.rounds);
    const clock: Clock = values['cpu-time'] ? 'cpu' : 'wall';
    const nets = values.nets?.split(',').map(benchNet) ?? BENCH_NETS.filter(({ slow }) => slow === undefined);
    await withFolder('peers', async (folder) => {
      const python = values.venv === undefined ? await makeEnvironment(folder) : await givenEnvironment(values.venv);
      console.log(`${describeRounds(rounds, clock)}\n`);
      const comparisons: Comparison[] = [];
      for (const net of nets) {
        const options = { rounds, clock, folder, commandOf: commandOf.bind(null, python) };
        comparisons.push(await compareNet(net, options));
        console.log(`${describeComparison(comparisons.at(-1)!).join('\n')}\n`);
      }
      console.log(describeTable(comparisons).join('\n'));
    });
  },
};
