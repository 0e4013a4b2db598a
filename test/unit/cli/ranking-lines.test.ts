import { describe, expect, it } from 'vitest';
import type { Output } from '../../../cli/output/output.ts';
import { createPaint } from '../../../cli/output/paint.ts';
import { rankingLines } from '../../../cli/reading/ranking-lines.ts';
import type { Ranking, Standing } from '../../../shared/stats/standing.ts';
import { parseSweep } from '../../../shared/sweep/index.ts';
import { smallSweep } from '../../support/sower.ts';

const spec = parseSweep(smallSweep(), 'small.yaml').spec;
const output: Output = {
  columns: Number.POSITIVE_INFINITY,
  ascii: false,
  paint: createPaint(false),
  interactive: false,
  line: () => {},
  note: () => {},
  closed: new AbortController().signal,
};

function standing(change: Partial<Standing>): Standing {
  return {
    configuration: 'c0000',
    params: { lr: 0.05, momentum: 0 },
    state: 'complete',
    rank: 1,
    comparison: 'best',
    planned: 5,
    n: 5,
    mean: 0.0871234,
    sd: 0.00123,
    ci95: [0.0856, 0.0886],
    median: 0.087,
    bestSeed: { seed: 1, value: 0.086 },
    worstSeed: { seed: 2, value: 0.089 },
    diverged: 0,
    failed: 0,
    values: [],
    ...change,
  };
}

const unranked = { rank: null, comparison: null, mean: null, sd: null, ci95: null } as const;
const ranking: Ranking = {
  objective: { name: 'val_loss', goal: 'minimize' },
  onTestData: false,
  ranked: [
    standing({}),
    standing({ configuration: 'c0001', rank: 2, comparison: 'tied', params: { lr: 0.2, momentum: 0 }, mean: 0.0875 }),
    standing({ configuration: 'c0002', rank: 3, comparison: 'worse', params: { lr: 0.2, momentum: 0.9 }, mean: 0.2 }),
  ],
  unranked: [
    standing({ ...unranked, configuration: 'c0003', state: 'diverged', n: 3, diverged: 2 }),
    standing({ ...unranked, configuration: 'c0004', state: 'failed', n: 4, failed: 1 }),
    standing({ ...unranked, configuration: 'c0005', state: 'incomplete', n: 2 }),
  ],
};

describe('the ranking on screen', () => {
  it('lists what ranks, then what does not with the reason in words', () => {
    expect(rankingLines(ranking, spec, output, 20)).toEqual([
      'ranking by val_loss (minimize, mean over seeds)',
      'rank  config    lr  momentum  val_loss mean ± sd    n     95 % interval',
      '   1  c0000   0.05         0     0.0871 ± 0.0012  5/5  0.0856 .. 0.0886  best',
      '   2  c0001    0.2         0     0.0875 ± 0.0012  5/5  0.0856 .. 0.0886  tied with the best',
      '   3  c0002    0.2       0.9     0.2000 ± 0.0012  5/5  0.0856 .. 0.0886',
      '   -  c0003   0.05         0                   -  3/5                 -  2 of 5 seeds diverged',
      '   -  c0004   0.05         0                   -  4/5                 -  1 of 5 seeds failed',
      '   -  c0005   0.05         0                   -  2/5                 -  3 of 5 seeds missing',
      '"tied": not told apart from the best, paired over common seeds at 5 %',
    ]);
  });

  it('keeps the verdicts and the parameters on a narrow terminal', () => {
    const lines = rankingLines(ranking, spec, { ...output, columns: 80 }, 20);
    expect(lines.slice(1, 5)).toEqual([
      'rank  config    lr  momentum  val_loss mean ± sd    n  +1 cols',
      '   1  c0000   0.05         0     0.0871 ± 0.0012  5/5  best',
      '   2  c0001    0.2         0     0.0875 ± 0.0012  5/5  tied with the best',
      '   3  c0002    0.2       0.9     0.2000 ± 0.0012  5/5',
    ]);
    expect(lines[5]).toBe('   -  c0003   0.05         0                   -  3/5  2 of 5 seeds diverged');
  });

  it('says beside the title that test data chose', () => {
    const onTest: Ranking = { ...ranking, objective: { name: 'test_loss', goal: 'minimize' }, onTestData: true };
    expect(rankingLines(onTest, spec, output, 20)[0]).toBe(
      'ranking by test_loss (minimize, mean over seeds)   objective test_loss uses test data',
    );
  });

  it('sums up what is too much', () => {
    const lines = rankingLines({ ...ranking, unranked: [] }, spec, output, 1);
    expect(lines.slice(2)).toEqual([
      '   1  c0000   0.05         0     0.0871 ± 0.0012  5/5  0.0856 .. 0.0886  best',
      '  and 2 more',
      '"tied": not told apart from the best, paired over common seeds at 5 %',
    ]);
  });

  it('needs no colour to be understood, and prints ASCII where it must', () => {
    const lines = rankingLines(ranking, spec, { ...output, ascii: true }, 20);
    expect(lines.join('\n')).toContain('0.0871 +- 0.0012');
    expect([...lines.join('')].every((c) => c.charCodeAt(0) < 128)).toBe(true);
  });
});
