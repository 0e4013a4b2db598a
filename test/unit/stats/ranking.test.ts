import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type EndedTrial, rankConfigurations } from '../../../shared/stats/index.ts';
import type { Goal, SweepSpec } from '../../../shared/sweep/spec.ts';

const SEEDS = [1, 66, 88, 100, 200];

function specOf(goal: Goal = 'minimize', metric = 'val_loss'): SweepSpec {
  return {
    name: 'test',
    description: '',
    method: 'grid',
    objective: { name: metric, goal },
    parameters: [{ path: 'lr', distribution: { type: 'int_uniform', min: 0, max: 9 } }],
    seeds: SEEDS,
    configurations: 10,
    searchSeed: 0,
    pool: 'default',
    train: null,
  };
}

/** One value per seed; a word instead of a value is how that seed ended. */
function group(configuration: string, values: readonly (number | 'diverged' | 'failed' | null)[]): EndedTrial[] {
  return values.map((value, i) => ({
    configuration,
    seed: SEEDS[i] as number,
    params: { lr: Number(configuration.slice(1)) },
    outcome: typeof value === 'string' ? value : 'completed',
    // A diverged trial has metrics too, and they may look good.
    metrics: { val_loss: typeof value === 'string' ? 0.0001 : value },
  }));
}

describe('rankConfigurations', () => {
  it('orders by the mean over seeds and describes the spread', () => {
    const ranking = rankConfigurations(
      [...group('c0001', [0.5, 0.6, 0.7, 0.6, 0.6]), ...group('c0000', [0.3, 0.2, 0.1, 0.2, 0.2])],
      specOf(),
    );
    expect(ranking.ranked.map(({ configuration, rank }) => [configuration, rank])).toEqual([
      ['c0000', 1],
      ['c0001', 2],
    ]);
    expect(ranking.ranked[0]).toMatchObject({
      state: 'complete',
      comparison: 'best',
      planned: 5,
      n: 5,
      median: 0.2,
      bestSeed: { seed: 88, value: 0.1 },
      worstSeed: { seed: 1, value: 0.3 },
      params: { lr: 0 },
    });
    expect(ranking.ranked[0]?.mean).toBeCloseTo(0.2, 12);
    expect(ranking.ranked[0]?.sd).toBeCloseTo(Math.sqrt(0.02 / 4), 12);
    expect(ranking.ranked[1]?.comparison).toBe('worse');
  });

  it('turns round with the goal', () => {
    const records = [...group('c0000', [1, 1.1, 1.2, 1.3, 1.4]), ...group('c0001', [2, 2.1, 2.2, 2.3, 2.4])];
    expect(rankConfigurations(records, specOf('minimize')).ranked[0]?.configuration).toBe('c0000');
    const maximized = rankConfigurations(records, specOf('maximize')).ranked[0];
    expect(maximized).toMatchObject({ configuration: 'c0001', bestSeed: { seed: 200 }, worstSeed: { seed: 1 } });
  });

  it('marks what cannot be told from the best, pair by pair over the same seeds', () => {
    // Seeds differ far more than configurations: unpaired, nothing here could be told apart.
    const best = [1, 2, 3, 4, 5];
    const ranking = rankConfigurations(
      [
        ...group('c0000', best),
        ...group('c0001', [1.02, 1.99, 3.01, 3.99, 5.01]),
        ...group('c0002', [1.1, 2.12, 3.09, 4.11, 5.1]),
      ],
      specOf(),
    );
    expect(ranking.ranked.map(({ configuration, comparison }) => [configuration, comparison])).toEqual([
      ['c0000', 'best'],
      ['c0001', 'tied'],
      ['c0002', 'worse'],
    ]);
  });

  it('never averages away a failure or a divergence, however good the rest is', () => {
    const ranking = rankConfigurations(
      [
        ...group('c0003', [0.01, 0.01, 'diverged', 0.01, 0.01]),
        ...group('c0001', [0.01, 'failed', 'diverged', 0.01, 0.01]),
        ...group('c0002', [0.01, 0.01]),
        ...group('c0004', [0.01, 0.01, 0.01, 0.01, null]),
        ...group('c0000', [0.9, 0.9, 0.9, 0.9, 0.8]),
      ],
      specOf(),
    );
    expect(ranking.ranked.map(({ configuration }) => configuration)).toEqual(['c0000']);
    expect(ranking.unranked.map(({ configuration, state, n, rank }) => [configuration, state, n, rank])).toEqual([
      ['c0001', 'failed', 3, null],
      ['c0002', 'incomplete', 2, null],
      ['c0003', 'diverged', 4, null],
      ['c0004', 'incomplete', 4, null],
    ]);
  });

  it('says nothing about ties from a single seed', () => {
    const spec = { ...specOf(), seeds: [1] };
    const ranking = rankConfigurations([...group('c0000', [0.1]), ...group('c0001', [0.2])], spec);
    expect(ranking.ranked.map(({ comparison, sd }) => [comparison, sd])).toEqual([
      ['best', null],
      ['untested', null],
    ]);
  });

  it('says when it chose by test data', () => {
    expect(rankConfigurations([], specOf('minimize', 'test_loss')).onTestData).toBe(true);
    expect(rankConfigurations([], specOf()).onTestData).toBe(false);
  });

  it('does not depend on the order of records, nor on one that comes twice', () => {
    const value = fc.oneof(fc.double({ min: 0, max: 9, noNaN: true }), fc.constantFrom('diverged', 'failed', null));
    const records = fc
      .array(fc.array(value, { minLength: 1, maxLength: 5 }), { minLength: 1, maxLength: 6 })
      .map((groups) => groups.flatMap((values, i) => group(`c000${i}`, values as (number | null)[])));
    fc.assert(
      fc.property(
        records.chain((all) =>
          fc.tuple(fc.constant(all), fc.shuffledSubarray([...all, ...all], { minLength: all.length * 2 })),
        ),
        ([all, shuffled]) => {
          expect(rankConfigurations(shuffled, specOf())).toEqual(rankConfigurations(all, specOf()));
        },
      ),
      { numRuns: 200 },
    );
  });
});
