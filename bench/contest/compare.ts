/** One network trained by our engine and by its rivals, each in a process of its own, round by round in turn. */
import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { median } from '../benchmark.ts';
import { stepFlops } from '../nets/flops.ts';
import type { BenchNet, Rival } from '../nets/nets.ts';
import { type Clock, type Contestant, compareLosses } from './contestant.ts';
import { GEMM_ROUND_FLOPS } from './gemm.ts';
import { type ContestantProcess, openProcess, ownCommand } from './process.ts';
import { best, ratio, runRounds, type Standing } from './rounds.ts';

export interface RivalResult {
  readonly rival: Rival;
  readonly standings: readonly Standing[];
  readonly best: Standing;
  readonly times: number;
  readonly required: number | null;
}

export interface GemmResult {
  /** Of the fastest size. */
  readonly flopsPerSecond: number;
  readonly size: string;
  readonly share: number;
  readonly required: number;
}

export interface Comparison {
  readonly net: BenchNet;
  readonly ours: Standing;
  readonly rivals: readonly RivalResult[];
  readonly gemm: GemmResult | null;
  /** Largest difference of the first losses from ours, by contestant. */
  readonly deviations: ReadonlyMap<Contestant, number>;
}

export interface CompareOptions {
  readonly rounds: number;
  readonly clock: Clock;
  /** For the workload and what processes leave behind. */
  readonly folder: string;
  /** How to start the rivals that are not ours to know; those it has no command for are left out. */
  readonly commandOf: (rival: Rival, net: BenchNet, folder: string) => readonly string[] | null;
}

export async function compareNet(
  net: BenchNet,
  { rounds, clock, folder, commandOf }: CompareOptions,
): Promise<Comparison> {
  const place = await mkdtemp(join(folder, `${net.name}-`));
  const processes: ContestantProcess[] = [];
  const open = async (command: readonly string[]): Promise<readonly Contestant[]> => {
    const opened = await openProcess(command, { folder });
    processes.push(opened);
    return opened.contestants;
  };
  try {
    const [ours] = (await open(ownCommand('sower', net.name, place))) as [Contestant];
    const others = new Map<Rival, readonly Contestant[]>();
    for (const rival of Object.keys(net.rivals) as Rival[]) {
      const command = commandOf(rival, net, place);
      if (command !== null) others.set(rival, await open(command));
    }
    const gemms = net.gemmShare === undefined ? [] : await open(ownCommand('gemm', net.name, place));
    const all = [...others.values()].flat();
    const deviations = new Map(all.map((other) => [other, compareLosses(net, ours, other)]));
    const standings = await runRounds([ours, ...all, ...gemms], rounds, clock);
    return summarize(net, { ours, others, gemms, standings, deviations });
  } finally {
    for (const opened of processes) await opened[Symbol.asyncDispose]();
    await rm(place, { recursive: true, force: true });
  }
}

interface Outcome {
  readonly ours: Contestant;
  readonly others: ReadonlyMap<Rival, readonly Contestant[]>;
  readonly gemms: readonly Contestant[];
  readonly standings: readonly Standing[];
  readonly deviations: Comparison['deviations'];
}

function summarize(net: BenchNet, { ours, others, gemms, standings, deviations }: Outcome): Comparison {
  const standingsOf = (contestants: readonly Contestant[]): readonly Standing[] =>
    standings.filter(({ contestant }) => contestants.includes(contestant));
  const own = standingsOf([ours])[0]!;
  const rivals = [...others].map(([rival, contestants]): RivalResult => {
    const run = standingsOf(contestants);
    const fastest = best(run);
    return { rival, standings: run, best: fastest, times: ratio(own, fastest), required: net.rivals[rival] ?? null };
  });
  return { net, ours: own, rivals, gemm: gemmShare(net, own, standingsOf(gemms)), deviations };
}

function gemmShare(net: BenchNet, ours: Standing, gemms: readonly Standing[]): GemmResult | null {
  if (net.gemmShare === undefined) return null;
  const fastest = best(gemms);
  return {
    flopsPerSecond: median(fastest.rates) * GEMM_ROUND_FLOPS,
    size: fastest.contestant.variant,
    share: (ratio(ours, fastest) * stepFlops(net)) / GEMM_ROUND_FLOPS,
    required: net.gemmShare,
  };
}
