/** The two engines through one port, in one process, round by round: what `engine: tfjs` costs. */
import { createOrtEngine } from '../../agent/engine/index.ts';
import type { Engine, TrainingRun } from '../../agent/engine/port.ts';
import { createTfjsEngine } from '../../agent/engine/tfjs/engine.ts';
import { userCache } from '../../shared/process/user-cache.ts';
import { type Benchmark, median } from '../benchmark.ts';
import { type BenchNet, benchNet } from '../nets/nets.ts';
import { makeWorkload, type Workload } from '../nets/workload.ts';

const NETS = ['mlp', 'conv8', 'lenet'];
const ROUNDS = 5;
const ROUND_SECONDS = 0.7;
const LOSS_TOLERANCE = 1e-4;

interface Entrant {
  readonly title: string;
  readonly run: TrainingRun;
  readonly rates: number[];
}

/** Steps per second of this process's own time, which others on the machine do not change. */
async function rateOf(run: TrainingRun, { order }: Workload, batchSize: number): Promise<number> {
  const started = process.cpuUsage();
  let steps = 0;
  let seconds = 0;
  for (let count = 2; seconds < ROUND_SECONDS; count *= 2) {
    for (let from = 0; from < count * batchSize; from += order.length) {
      steps += (await run.trainChunk(order.subarray(0, Math.min(order.length, count * batchSize - from)))).steps;
    }
    const { user, system } = process.cpuUsage(started);
    seconds = (user + system) / 1e6;
  }
  return steps / seconds;
}

async function compare(net: BenchNet, engines: readonly Engine[]): Promise<void> {
  const { structure } = net;
  const work = makeWorkload(net);
  const { layers, optimizer, batchSize } = structure;
  const options = { seed: 1, train: work.train, layers, optimizer };
  const entrants: Entrant[] = [];
  for (const engine of engines) {
    const { engine: kind, version, provider } = engine.identity;
    const run = await (await engine.compile(structure)).start(options);
    entrants.push({ title: `${kind} ${version} ${provider}`, run, rates: [] });
  }
  const firsts = await Promise.all(
    entrants.map(async ({ run }) => (await run.trainChunk(work.order.subarray(0, 5 * batchSize))).losses),
  );
  const off = firsts[1]!.map((loss, step) => Math.abs(loss - firsts[0]![step]!));
  if (!off.every((difference) => difference <= LOSS_TOLERANCE)) throw new Error(`losses differ by ${Math.max(...off)}`);
  for (let round = 0; round < ROUNDS; round++) {
    for (const { run, rates } of entrants) rates.push(await rateOf(run, work, batchSize));
  }
  const [first, second] = entrants as [Entrant, Entrant];
  const ratio = median(first.rates.map((rate, round) => rate / second.rates[round]!));
  const figure = (rate: number): string => (rate < 10 ? rate.toFixed(1) : Math.round(rate).toLocaleString('en'));
  const rates = entrants.map(({ title, rates }) => `${title} ${figure(median(rates))} steps/s`).join(', ');
  console.log(`${net.name.padEnd(6)} ${rates}: ${ratio.toFixed(1)}x`);
  for (const { run } of entrants) run.dispose();
}

export const enginesBenchmark: Benchmark = {
  name: 'engines',
  usage: '[tfjs]',
  summary: `${NETS.join(', ')} on both engines: tfjs with the best package installed, or (tfjs) in pure JavaScript`,

  async run([use]) {
    const ort = await createOrtEngine({ threads: 1 });
    const cacheDir = userCache();
    const tfjs = await createTfjsEngine({ threads: 1, cacheDir, ...(use === 'tfjs' ? { use } : {}) });
    for (const name of NETS) await compare(benchNet(name), [ort, tfjs]);
    await ort.close();
    await tfjs.close();
  },
};
