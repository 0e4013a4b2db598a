/**
 * Our engine against PyTorch and JAX on one core each. Every library has its own process, told to train one round at a
 * time, in turn with the others; all train the same weights on the same batches, and their first losses must agree.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { packageRoot } from '../../shared/process/package-root.ts';
import { type Benchmark, median } from '../benchmark.ts';
import { openOurs } from '../engine/ours.ts';
import { ratio, runRounds } from '../engine/rounds.ts';
import * as workload from '../engine/workload.ts';
import { openPeer, type Peer } from './peer.ts';
import { givenEnvironment, makeEnvironment } from './python.ts';

const ROUNDS = 7;
const EPOCHS_PER_ROUND = 4;

const SCRIPTS = ['torch_mlp.py', 'jax_mlp.py'];

async function writeWorkload(folder: string, { train, order }: workload.Workload, weights: workload.Weights) {
  const settings = {
    rows: workload.ROWS,
    pixels: workload.PIXELS,
    hidden: workload.HIDDEN,
    classes: workload.CLASSES,
    batch: workload.BATCH,
    epochSteps: workload.EPOCH_STEPS,
    epochsPerRound: EPOCHS_PER_ROUND,
    comparedSteps: workload.COMPARED_STEPS,
    learningRate: workload.LEARNING_RATE,
    momentum: workload.MOMENTUM,
  };
  await writeFile(join(folder, 'settings.json'), JSON.stringify(settings));
  const arrays = { features: train.features, labels: train.labels, order };
  for (const [name, values] of Object.entries(arrays)) await writeFile(join(folder, name), values);
  for (const { name, values } of weights) await writeFile(join(folder, name), values);
}

async function compare(folder: string, python: string): Promise<void> {
  const work = workload.makeWorkload();
  const ours = await openOurs(work);
  await writeWorkload(folder, work, ours.weights);
  const peers: Peer[] = [];
  try {
    const stepsPerRound = EPOCHS_PER_ROUND * workload.EPOCH_STEPS;
    for (const script of SCRIPTS) {
      const path = join(packageRoot(), 'bench', 'peers', script);
      peers.push(await openPeer({ python, script: path, folder, stepsPerRound }));
    }
    const others = peers.flatMap(({ contestants }) => contestants);
    for (const other of others) workload.compareLosses(ours, other);
    const rates = await runRounds([ours, ...others], ROUNDS);
    const oursRates = rates.get(ours)!;
    console.log(`MLP 784-100-10, batch 32, momentum, one core, median of ${ROUNDS} interleaved rounds:`);
    console.log(`  ${ours.name}: ${median(oursRates).toFixed(0)} steps/s`);
    for (const other of others) {
      console.log(`  ${other.name}: ${median(rates.get(other)!).toFixed(0)} steps/s`);
    }
    for (const { library, contestants } of peers) {
      const best = contestants.reduce((a, b) => (median(rates.get(a)!) >= median(rates.get(b)!) ? a : b));
      console.log(`sower is ${ratio(oursRates, rates.get(best)!).toFixed(2)}x the best of ${library} (${best.name})`);
    }
  } finally {
    for (const peer of peers) await peer.close();
    await ours.close();
  }
}

export const peersBenchmark: Benchmark = {
  name: 'peers',
  usage: '[--venv DIR]',
  summary: 'The same MLP against PyTorch (best of four forms) and JAX (best of three); needs python3',
  async run(args) {
    const { values } = parseArgs({ args: [...args], options: { venv: { type: 'string' } } });
    const folder = await mkdtemp(join(tmpdir(), 'sower-peers-'));
    try {
      await compare(folder, values.venv === undefined ? await makeEnvironment(folder) : givenEnvironment(values.venv));
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  },
};
