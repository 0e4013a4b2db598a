import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  canonicalJson,
  configurationAt,
  parseSweep,
  plannedTrials,
  trialAt,
  trialIndexOf,
} from '../../../shared/sweep/index.ts';
import type { Distribution, SweepSpec } from '../../../shared/sweep/spec.ts';
import { noopSweep } from './sweep-texts.ts';

const axis = fc.oneof(
  fc
    .uniqueArray(fc.oneof(fc.integer(), fc.string(), fc.boolean()), {
      minLength: 1,
      maxLength: 5,
      selector: canonicalJson,
    })
    .map((values): Distribution => ({ type: 'categorical', values })),
  fc
    .tuple(fc.integer({ min: -50, max: 50 }), fc.nat(6))
    .map(([min, width]): Distribution => ({ type: 'int_uniform', min, max: min + width })),
  fc.constant<Distribution>({ type: 'q_uniform', min: 0.1, max: 0.6, q: 0.1 }),
  fc.constant<Distribution>({ type: 'constant', value: 'fixed' }),
);

const range = fc
  .tuple(fc.double({ min: 1e-6, max: 1, noNaN: true }), fc.double({ min: 1, max: 1e6, noNaN: true }))
  .chain(([min, max]) =>
    fc.constantFrom<Distribution>(
      { type: 'uniform', min, max },
      { type: 'log_uniform_values', min, max },
      { type: 'q_uniform', min, max, q: 0.5 },
      { type: 'q_log_uniform_values', min, max, q: 0.5 },
    ),
  );

function specOf(method: 'grid' | 'random', distributions: readonly Distribution[], configurations: number): SweepSpec {
  return {
    name: 'test',
    description: '',
    method,
    objective: { name: 'val_loss', goal: 'minimize' },
    parameters: distributions.map((distribution, i) => ({ path: `p${i}`, distribution })),
    seeds: [1, 66, 88],
    configurations,
    searchSeed: 5,
    pool: 'default',
    train: { noop: { seconds: 0 } },
  };
}

function sizeOf(distribution: Distribution): number {
  if (distribution.type === 'categorical') return distribution.values.length;
  if (distribution.type === 'int_uniform') return distribution.max - distribution.min + 1;
  return distribution.type === 'q_uniform' ? 6 : 1;
}

const grids = fc.array(axis, { maxLength: 4 }).map((axes) =>
  specOf(
    'grid',
    axes,
    axes.map(sizeOf).reduce((product, size) => product * size, 1),
  ),
);

describe('a grid', () => {
  it('has every combination exactly once, and no other', () => {
    fc.assert(
      fc.property(grids, (spec) => {
        const seen = new Set<string>();
        for (let index = 0; index < spec.configurations; index++) {
          const params = configurationAt(spec, index);
          expect(Object.keys(params)).toEqual(spec.parameters.map(({ path }) => path));
          seen.add(canonicalJson(params));
        }
        expect(seen.size).toBe(spec.configurations);
      }),
      { numRuns: 200 },
    );
  });

  it('walks in file order, the last parameter fastest', () => {
    const { spec } = parseSweep(
      noopSweep({
        head: 'method: grid\nseeds: [7, 8]',
        parameters: '  a: {values: [x, y]}\n  b: {distribution: q_uniform, min: 0.1, max: 0.3, q: 0.1}',
      }),
      'test.yaml',
    );
    const params = Array.from({ length: spec.configurations }, (_, i) => configurationAt(spec, i));
    expect(params).toEqual([
      { a: 'x', b: 0.1 },
      { a: 'x', b: 0.2 },
      { a: 'x', b: 0.3 },
      { a: 'y', b: 0.1 },
      { a: 'y', b: 0.2 },
      { a: 'y', b: 0.3 },
    ]);
    expect(trialAt(spec, 5)).toEqual({
      index: 5,
      id: 't000005',
      configuration: 'c0002',
      configurationIndex: 2,
      seed: 8,
      params: { a: 'x', b: 0.3 },
    });
  });

  it('of a million trials is never held: any trial of it is made at once', () => {
    const { spec } = parseSweep(
      noopSweep({ parameters: '  a: {min: 1, max: 1000}\n  b: {min: 1, max: 1000}' }),
      'big.yaml',
    );
    expect(plannedTrials(spec)).toBe(1_000_000);
    expect(trialAt(spec, 999_999).params).toEqual({ a: 1000, b: 1000 });
    expect(() => trialAt(spec, 1_000_000)).toThrow('invariant broken');
  });
});

describe('trial ids', () => {
  it('lead back to the index, and foreign ones to none', () => {
    fc.assert(
      fc.property(grids, fc.nat(), (spec, draw) => {
        const index = draw % plannedTrials(spec);
        const trial = trialAt(spec, index);
        expect(trialIndexOf(spec, trial.id)).toBe(index);
        expect(trial.seed).toBe(spec.seeds[index % 3]);
        expect(trialAt(spec, index)).toEqual(trial);
      }),
    );
    const spec = specOf('grid', [], 1);
    for (const id of ['t000003', 't3', 't0000001', 'c000001', '-', '']) expect(trialIndexOf(spec, id), id).toBeNull();
  });
});

describe('random search', () => {
  it('is a pure function of seed, path and index, in whatever order it is asked', () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(axis, range), { minLength: 1, maxLength: 4 }),
        fc.nat(999),
        (distributions, index) => {
          const spec = specOf('random', distributions, 1000);
          const alone = configurationAt(spec, index);
          configurationAt(spec, (index + 17) % 1000);
          expect(configurationAt(structuredClone(spec), index)).toEqual(alone);
          const grown = specOf('random', [...distributions, { type: 'uniform', min: 0, max: 1 }], 1000);
          expect(configurationAt(grown, index)).toMatchObject(alone);
        },
      ),
    );
  });

  it('stays within its bounds and on its steps', () => {
    fc.assert(
      fc.property(range, fc.nat(9999), (distribution, index) => {
        const spec = specOf('random', [distribution], 10_000);
        const value = configurationAt(spec, index).p0 as number;
        if (!('min' in distribution)) throw new Error('a range has bounds');
        expect(value).toBeGreaterThanOrEqual(distribution.min - 1e-12);
        expect(value).toBeLessThanOrEqual(distribution.max + 1e-12);
        if ('q' in distribution) expect(value * 2).toBe(Math.round(value * 2));
      }),
    );
  });

  it('draws every value about as often as it should', () => {
    const count = 20_000;
    const spec = specOf(
      'random',
      [
        { type: 'categorical', values: ['a', 'b', 'c'], probabilities: [0.5, 0.3, 0.2] },
        { type: 'int_uniform', min: 1, max: 4 },
        { type: 'log_uniform_values', min: 1e-4, max: 1 },
        { type: 'uniform', min: -1, max: 3 },
      ],
      count,
    );
    const all = Array.from({ length: count }, (_, i) => configurationAt(spec, i));
    const share = (test: (params: Record<string, unknown>) => boolean) => all.filter(test).length / count;
    // Four standard errors of a share of 20,000 draws are at most 0.0142.
    expect(Math.abs(share(({ p0 }) => p0 === 'a') - 0.5)).toBeLessThan(0.015);
    expect(Math.abs(share(({ p0 }) => p0 === 'c') - 0.2)).toBeLessThan(0.015);
    for (const whole of [1, 2, 3, 4]) expect(Math.abs(share(({ p1 }) => p1 === whole) - 0.25)).toBeLessThan(0.015);
    expect(Math.abs(share(({ p2 }) => (p2 as number) < 0.01) - 0.5)).toBeLessThan(0.015);
    expect(Math.abs(share(({ p3 }) => (p3 as number) < 0) - 0.25)).toBeLessThan(0.015);
  });

  it('changes with the search seed', () => {
    const spec = specOf('random', [{ type: 'uniform', min: 0, max: 1 }], 10);
    expect(configurationAt({ ...spec, searchSeed: 6 }, 0)).not.toEqual(configurationAt(spec, 0));
  });
});
