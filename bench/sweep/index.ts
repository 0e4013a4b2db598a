/** A whole sweep as a person runs it: from the command to the ranking, nats-server, coordinator and agent included. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { EXIT, SowerError } from '../../shared/kernel/errors.ts';
import { packageRoot, processEntry } from '../../shared/process/package-root.ts';
import type { Benchmark } from '../benchmark.ts';

/** The best of others on a machine of two such cores, measured once: Optuna, two processes, tensors in memory. */
const BEST_OF_OTHERS_SECONDS = 69;

const TRIALS = 60;

function dataFolder(given: string | undefined): string {
  const folder = given ?? process.env.SOWER_DATA ?? join(packageRoot(), '..', 'shared', 'datasets');
  if (existsSync(folder)) return resolve(folder);
  throw new SowerError('E_BENCH_DATA', `there is no folder ${folder}`, {
    fix: 'name the folder that holds mnist/ with --data-dir or SOWER_DATA',
    exit: EXIT.notFound,
  });
}

async function runSweep(file: string, home: string, data: string): Promise<number> {
  const started = performance.now();
  const child = spawn(process.execPath, [processEntry('cli'), 'run', file, '--plain'], {
    stdio: 'inherit',
    env: { ...process.env, SOWER_HOME: home, SOWER_DATA: data },
  });
  const [code, signal] = (await once(child, 'exit')) as [number | null, string | null];
  if (code !== 0) throw new Error(`sower run ended with ${signal ?? `exit code ${code}`}`);
  return (performance.now() - started) / 1000;
}

export const sweepBenchmark: Benchmark = {
  name: 'sweep',
  usage: '[--data-dir DIR]',
  summary: `${TRIALS} trials, 20 epochs of 10,000 MNIST digits, all cores: seconds from the command to the ranking`,
  async run(args) {
    const { values } = parseArgs({ args: [...args], options: { 'data-dir': { type: 'string' } } });
    const data = dataFolder(values['data-dir']);
    const home = await mkdtemp(join(tmpdir(), 'sower-bench-'));
    try {
      const seconds = await runSweep(join(packageRoot(), 'bench', 'sweep', 'mnist-10k.yaml'), home, data);
      console.log(`${TRIALS} trials in ${seconds.toFixed(1)} s, from command to ranking`);
      console.log(`${(BEST_OF_OTHERS_SECONDS / seconds).toFixed(1)}x the best of others (${BEST_OF_OTHERS_SECONDS} s)`);
    } finally {
      await rm(home, { recursive: true, force: true });
    }
  },
};
