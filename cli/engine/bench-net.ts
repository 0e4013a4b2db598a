/** How fast the engine trains one standard net on this machine, and with what it spends the time. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createOrtEngine, type OpTime, readProfile, stepFlops, type TrainingRun } from '../../agent/engine/index.ts';
import { GEMM_ROUND_FLOPS, openGemm } from '../../bench/contest/gemm.ts';
import { type BenchNet, benchNet } from '../../bench/nets/nets.ts';
import { makeWorkload, type Workload } from '../../bench/nets/workload.ts';
import { systemClock } from '../../shared/kernel/system-clock.ts';
import { userCache } from '../../shared/process/user-cache.ts';

export interface NetReport {
  readonly net: string;
  readonly title: string;
  readonly batchSize: number;
  readonly stepsPerSecond: number;
  /** Of one step, counted as direct work. */
  readonly flops: number;
  readonly gflopsPerSecond: number;
  /** Of products of 1024 by 1024 in the same run. */
  readonly gemmGflopsPerSecond: number;
  /** Of one step under the profiler, which takes a little time itself. */
  readonly ops: readonly OpTime[];
}

/** Large enough for the full rate, small enough for a machine without much memory. */
const GEMM_SIZE = 1024;
const GEMM_ROUNDS = 3;

/** A profiler keeps a line for every node that ran. */
const PROFILED_STEPS = 64;

export async function measureNet(name: string, seconds: number): Promise<NetReport> {
  const net = benchNet(name);
  const work = makeWorkload(net);
  const gemm = await openGemm(GEMM_SIZE);
  const gemmRates: number[] = [];
  const rates: number[] = [];
  await training(net, work, {}, async (run) => {
    const steps = Math.max(1, Math.round(work.order.length / net.structure.batchSize));
    await run.trainChunk(work.order);
    const until = systemClock.monotonic() + seconds * 1000;
    do rates.push(steps / (await timed(() => run.trainChunk(work.order))));
    while (systemClock.monotonic() < until);
    for (let round = 0; round < GEMM_ROUNDS; round++) gemmRates.push(GEMM_ROUND_FLOPS / (await timed(gemm)));
  });
  const flops = stepFlops(net.structure);
  const stepsPerSecond = median(rates);
  return {
    net: net.name,
    title: net.title,
    batchSize: net.structure.batchSize,
    stepsPerSecond,
    flops,
    gflopsPerSecond: (stepsPerSecond * flops) / 1e9,
    gemmGflopsPerSecond: Math.max(...gemmRates) / 1e9,
    ops: await profile(net, work),
  };
}

async function profile(net: BenchNet, work: Workload): Promise<readonly OpTime[]> {
  const folder = await mkdtemp(join(tmpdir(), 'sower-bench-'));
  try {
    const profileTo = join(folder, 'ops');
    const rows = Math.min(work.order.length, PROFILED_STEPS * net.structure.batchSize);
    const steps = rows / net.structure.batchSize;
    await training(net, work, { profileTo }, async (run) => {
      await run.trainChunk(work.order.subarray(0, rows));
    });
    const all = await readProfile(profileTo);
    return all.map(({ op, calls, micros }) => ({ op, calls: calls / steps, micros: micros / steps }));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function training(
  { structure }: BenchNet,
  { train }: Workload,
  options: { readonly profileTo?: string },
  use: (run: TrainingRun) => Promise<void>,
): Promise<void> {
  const engine = await createOrtEngine({ threads: 1, cacheDir: userCache(), ...options });
  try {
    const { layers, optimizer } = structure;
    const run = await (await engine.compile(structure)).start({ seed: 1, train, layers, optimizer });
    await use(run);
    run.dispose();
  } finally {
    await engine.close();
  }
}

/** Seconds. */
async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = systemClock.monotonic();
  await work();
  return (systemClock.monotonic() - start) / 1000;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)]!;
}
