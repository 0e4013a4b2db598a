import { describe, expect, it } from 'vitest';
import { type Contestant, compareLosses } from '../../../bench/contest/contestant.ts';
import { best, ratio, runRounds } from '../../../bench/contest/rounds.ts';
import { benchNet } from '../../../bench/nets/nets.ts';

/** Takes the seconds listed, round by round, then always the last. */
function contestant(library: string, variant: string, seconds: readonly number[], firstLosses: readonly number[] = []) {
  const asked: string[] = [];
  const made: Contestant = {
    library,
    variant,
    firstLosses,
    stepsPerRound: 10,
    async train() {
      const wallSeconds = seconds[Math.min(asked.length, seconds.length - 1)]!;
      asked.push(variant);
      return { wallSeconds, cpuSeconds: wallSeconds / 2 };
    },
  };
  return { made, asked };
}

describe('rounds', () => {
  it('warm up, then count the median of the ratios of each round', async () => {
    const ours = contestant('Sower', 'engine', [2, 2, 1, 2, 1]);
    const theirs = contestant('other', 'fast', [2, 2, 3, 4, 4]);
    const standings = await runRounds([ours.made, theirs.made], 3, 'wall');
    expect(standings.map(({ rates }) => rates)).toEqual([
      [10, 5, 10],
      [10 / 3, 2.5, 2.5],
    ]);
    expect(ratio(standings[0]!, standings[1]!)).toBe(3);
  });

  it('leave out forms far behind the best of their own library, which may be slower than ours', async () => {
    const ours = contestant('Sower', 'engine', [0.1]);
    const fast = contestant('other', 'fast', [1]);
    const slow = contestant('other', 'slow', [2]);
    const standings = await runRounds([ours.made, slow.made, fast.made], 2, 'wall');
    expect(standings.map(({ dropped }) => dropped)).toEqual([false, true, false]);
    expect(slow.asked).toHaveLength(2);
    expect(fast.asked).toHaveLength(4);
    expect(best(standings.slice(1)).contestant).toBe(fast.made);
  });

  it('ask a long first round only once, and judge a form by its better round', async () => {
    const compiling = contestant('other', 'compiled', [2, 0.5]);
    const plain = contestant('other', 'plain', [0.6]);
    const endless = contestant('other', 'endless', [20]);
    const standings = await runRounds([compiling.made, plain.made, endless.made], 1, 'wall');
    expect(standings.map(({ dropped }) => dropped)).toEqual([false, false, true]);
    expect(endless.asked).toHaveLength(1);
  });

  it('can go by CPU time', async () => {
    const [standing] = await runRounds([contestant('Sower', 'engine', [1]).made], 1, 'cpu');
    expect(standing?.rates).toEqual([20]);
  });
});

describe('first losses', () => {
  const losses = [2.3, 2.2, 2.1, 2, 1.9, 1.8, 1.7, 1.6];
  const ours = contestant('Sower', 'engine', [1], losses).made;
  const theirs = (changed: readonly number[]) => contestant('other', 'eager', [1], changed).made;
  const mlp = benchNet('mlp');

  it('have to agree; of a slow engine fewer are enough, but not none', () => {
    expect(compareLosses(mlp, ours, theirs(losses.map((loss) => loss + 1e-4)))).toBeCloseTo(1e-4, 8);
    expect(compareLosses(mlp, ours, theirs(losses.slice(0, 2)))).toBe(0);
    const wrong = losses.map((loss, step) => (step === 7 ? loss + 0.01 : loss));
    expect(() => compareLosses(mlp, ours, theirs(wrong))).toThrow(/trains something else than Sower/);
    expect(() => compareLosses(mlp, ours, theirs([2.3, Number.NaN]))).toThrow(/trains something else/);
    expect(() => compareLosses(mlp, ours, theirs([]))).toThrow(/gave 0 losses/);
  });

  it('have to fall where dropout masks differ', () => {
    const dropout = benchNet('mlp-dropout');
    expect(compareLosses(dropout, ours, theirs(losses.map((loss) => loss + 0.1)))).toBeCloseTo(0.1, 8);
    expect(() => compareLosses(dropout, ours, theirs([...losses].reverse()))).toThrow(/does not learn/);
    expect(() => compareLosses(dropout, ours, theirs(losses.map(() => Number.NaN)))).toThrow(/does not learn/);
  });
});
