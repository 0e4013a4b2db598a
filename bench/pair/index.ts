/** Two trials side by side, a process on a core each as slots run them: what is left of twice the rate of one alone. */
import { mkdtemp } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { EXIT, SowerError } from '../../shared/kernel/errors.ts';
import { type Benchmark, median } from '../benchmark.ts';
import type { Contestant } from '../contest/contestant.ts';
import { type ContestantProcess, openProcess, ownCommand, pinning } from '../contest/process.ts';
import { withFolder } from '../temporary-folder.ts';

const NETS = ['mlp', 'conv8'];
const ROUNDS = 5;
const ROUND_SECONDS = 1;
const REQUIRED_SHARE = 0.9;

/** Steps per second over whole rounds of training until the time is up. */
async function rateOf(contestant: Contestant): Promise<number> {
  const started = performance.now();
  let rounds = 0;
  let seconds = 0;
  while (seconds < ROUND_SECONDS) {
    await contestant.train();
    rounds++;
    seconds = (performance.now() - started) / 1000;
  }
  return (rounds * contestant.stepsPerRound) / seconds;
}

async function comparePair(name: string, folder: string): Promise<string> {
  const cores = availableParallelism();
  const processes: ContestantProcess[] = [];
  try {
    for (const core of [cores - 2, cores - 1]) {
      const place = await mkdtemp(join(folder, `${name}-`));
      processes.push(await openProcess(ownCommand('sower', name, place), { folder, core }));
    }
    const [first, second] = processes.map(({ contestants }) => contestants[0]!) as [Contestant, Contestant];
    await Promise.all([first, second].map(rateOf));
    const alone: number[] = [];
    const together: number[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      alone.push(((await rateOf(first)) + (await rateOf(second))) / 2);
      const [one, other] = (await Promise.all([first, second].map(rateOf))) as [number, number];
      together.push(one + other);
    }
    const share = median(together.map((rate, round) => rate / (2 * alone[round]!)));
    const verdict = share >= REQUIRED_SHARE ? 'reached' : 'NOT REACHED';
    const rate = (values: readonly number[]): string => Math.round(median(values)).toLocaleString('en');
    return (
      `${name.padEnd(6)} one alone ${rate(alone)} steps/s, two together ${rate(together)}: ` +
      `${(100 * share).toFixed(0)} % of twice one; required ${100 * REQUIRED_SHARE} %: ${verdict}`
    );
  } finally {
    for (const opened of processes) await opened[Symbol.asyncDispose]();
  }
}

export const pairBenchmark: Benchmark = {
  name: 'pair',
  usage: '',
  summary: `${NETS.join(' and ')}: two trials at once on two cores against one alone`,
  async run() {
    if (availableParallelism() < 2) {
      throw new SowerError('E_BENCH_CORES', 'two trials side by side need two cores and there is one', {
        exit: EXIT.usage,
      });
    }
    await withFolder('pair', async (folder) => {
      console.log(`median of ${ROUNDS} interleaved rounds; ${pinning}`);
      for (const name of NETS) console.log(await comparePair(name, folder));
    });
  },
};
