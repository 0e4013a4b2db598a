/** Interleaved rounds: everybody runs once a round, so that a slow moment of the machine hits all alike. */
import { median } from '../benchmark.ts';
import type { Clock, Contestant } from './contestant.ts';

export interface Standing {
  readonly contestant: Contestant;
  /** Steps per second, round by round. */
  readonly rates: readonly number[];
  /** Its rate in the warm-up was so far below its library's best that it took no further part; `rates` holds just that. */
  readonly dropped: boolean;
}

/** A form slower than this share of its library's best in the warm-up will not become the best. */
const WORTH_RUNNING = 0.6;

/** A first round may still compile; one as long as this is not asked twice. */
const LONG_ROUND_SECONDS = 3;

async function rateOf(contestant: Contestant, clock: Clock): Promise<number> {
  const { wallSeconds, cpuSeconds } = await contestant.train();
  return contestant.stepsPerRound / (clock === 'wall' ? wallSeconds : cpuSeconds);
}

async function warmUp(contestant: Contestant, clock: Clock): Promise<number> {
  const first = await rateOf(contestant, clock);
  if (contestant.stepsPerRound / first > LONG_ROUND_SECONDS) return first;
  return Math.max(first, await rateOf(contestant, clock));
}

/** A round or two to warm up, then `rounds` that count. */
export async function runRounds(
  contestants: readonly Contestant[],
  rounds: number,
  clock: Clock,
): Promise<readonly Standing[]> {
  const warm = new Map<Contestant, number>();
  for (const contestant of contestants) warm.set(contestant, await warmUp(contestant, clock));
  const worth = (contestant: Contestant): boolean => {
    const others = contestants.filter(({ library }) => library === contestant.library);
    return warm.get(contestant)! >= WORTH_RUNNING * Math.max(...others.map((other) => warm.get(other)!));
  };
  const rates = new Map<Contestant, number[]>(contestants.filter(worth).map((contestant) => [contestant, []]));
  for (let round = 0; round < rounds; round++) {
    for (const [contestant, list] of rates) list.push(await rateOf(contestant, clock));
  }
  return contestants.map((contestant) => {
    const run = rates.get(contestant);
    return { contestant, rates: run ?? [warm.get(contestant)!], dropped: run === undefined };
  });
}

/** Median of the ratios of each round: how many times as fast the first is as the second. */
export function ratio(first: Standing, second: Standing): number {
  return median(first.rates.map((rate, round) => rate / second.rates[round]!));
}

/** The fastest of those that took part to the end. */
export function best(standings: readonly Standing[]): Standing {
  const [first, ...rest] = standings.filter(({ dropped }) => !dropped);
  if (first === undefined) throw new Error('nobody took part to the end');
  return rest.reduce((a, b) => (median(a.rates) >= median(b.rates) ? a : b), first);
}
