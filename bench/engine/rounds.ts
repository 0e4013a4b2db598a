/** Interleaved rounds: everybody runs once a round, so that a slow moment of the machine hits all alike. */
import { median } from '../benchmark.ts';
import type { Contestant } from './workload.ts';

/** Steps per second of every contestant, round by round, after one round to warm up. */
export async function runRounds(
  contestants: readonly Contestant[],
  rounds: number,
): Promise<ReadonlyMap<Contestant, readonly number[]>> {
  const rates = new Map<Contestant, number[]>(contestants.map((contestant) => [contestant, []]));
  for (let round = 0; round <= rounds; round++) {
    for (const contestant of contestants) {
      const started = performance.now();
      await contestant.train();
      const rate = contestant.stepsPerRound / ((performance.now() - started) / 1000);
      if (round > 0) rates.get(contestant)!.push(rate);
    }
  }
  return rates;
}

/** Median of the ratios of each round: how many times faster the first is than the second. */
export function ratio(first: readonly number[], second: readonly number[]): number {
  return median(first.map((rate, round) => rate / second[round]!));
}
