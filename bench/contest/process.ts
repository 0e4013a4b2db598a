/**
 * A process that trains on request: for every line that names one of its variants it trains a round and answers with a
 * line about its time. Its first line tells its library, the steps of a round, and the first losses of each variant.
 */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { keepingFreedMemory } from '../../shared/process/freed-memory.ts';
import { packageRoot } from '../../shared/process/package-root.ts';
import type { Contestant, RoundTime } from './contestant.ts';

export interface Opening {
  readonly library: string;
  readonly stepsPerRound: number;
  /** First losses by variant. */
  readonly losses: Readonly<Record<string, readonly number[]>>;
}

export interface ContestantProcess extends AsyncDisposable {
  readonly contestants: readonly Contestant[];
}

export interface ProcessOptions {
  /** For caches that are of no use later. */
  readonly folder: string;
  /** The core it is kept on, where the system has `taskset`. Default the last, which serves fewest interrupts. */
  readonly core?: number;
}

/** Null where processes cannot be kept on a core. */
const taskset = spawnSync('taskset', ['--version'], { stdio: 'ignore' }).status === 0 ? 'taskset' : null;

export const pinning = taskset === null ? 'not pinned to a core (no taskset here)' : 'each pinned to one core';

const ONE_THREAD = { OMP_NUM_THREADS: '1', MKL_NUM_THREADS: '1', OPENBLAS_NUM_THREADS: '1' };

/** Starts `command` and waits until it is ready to train. Everybody keeps freed memory, as Sower's slots do. */
export async function openProcess(
  command: readonly string[],
  { folder, core = availableParallelism() - 1 }: ProcessOptions,
): Promise<ContestantProcess> {
  const [program, ...args] = taskset === null ? command : [taskset, '-c', String(core), ...command];
  const child = spawn(program!, args, {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...keepingFreedMemory(process.env), ...ONE_THREAD, TORCHINDUCTOR_CACHE_DIR: join(folder, 'inductor') },
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async (): Promise<unknown> => {
    const { value, done } = await lines.next();
    if (done) throw new Error(`${command.join(' ')} ended before it answered`);
    return JSON.parse(value);
  };
  const { library, stepsPerRound, losses } = (await next()) as Opening;
  const contestants = Object.entries(losses).map(
    ([variant, firstLosses]): Contestant => ({
      library,
      variant,
      firstLosses,
      stepsPerRound,
      async train() {
        child.stdin.write(`${variant}\n`);
        return (await next()) as RoundTime;
      },
    }),
  );
  return {
    contestants,
    async [Symbol.asyncDispose]() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const exit = once(child, 'exit');
      child.stdin.end();
      await exit;
    },
  };
}

/** The command of one of our own contestants: `sower`, `tfjs-wasm`, ... on the network written into `folder`. */
export function ownCommand(contestant: string, net: string, folder: string): readonly string[] {
  return [process.execPath, join(packageRoot(), 'dist', 'bench.js'), 'serve', contestant, net, folder];
}

/** The other side, in the process itself: tells the opening, then trains one round for every line on stdin. */
export async function serve(opening: Opening, train: (variant: string) => Promise<void>): Promise<void> {
  console.log(JSON.stringify(opening));
  for await (const variant of createInterface({ input: process.stdin })) {
    const [started, used] = [performance.now(), process.cpuUsage()];
    await train(variant.trim());
    const { user, system } = process.cpuUsage(used);
    const time: RoundTime = { wallSeconds: (performance.now() - started) / 1e3, cpuSeconds: (user + system) / 1e6 };
    console.log(JSON.stringify(time));
  }
}
