import { describe, expect, it } from 'vitest';
import type { Course } from '../../../../dashboards/report/data.ts';
import { dataSection } from '../../../../dashboards/report/figures/data-summary.ts';
import { cellOf, cellTitle, heatmapSection } from '../../../../dashboards/report/figures/heatmap.ts';
import { learningCurvesSection, meanCurve } from '../../../../dashboards/report/figures/learning-curves.ts';
import { effectsOf, oneFactorSection } from '../../../../dashboards/report/figures/one-factor.ts';
import { parallelSection } from '../../../../dashboards/report/figures/parallel.ts';
import { rankingSection } from '../../../../dashboards/report/figures/ranking.ts';
import { seedStripSection } from '../../../../dashboards/report/figures/seed-strip.ts';
import { sweptSection } from '../../../../dashboards/report/figures/swept.ts';
import { frontier, timeAccuracySection } from '../../../../dashboards/report/figures/time-accuracy.ts';
import { groupingOf } from '../../../../dashboards/report/levels.ts';
import type { DataOutline } from '../../../../shared/protocol/index.ts';
import { smallSweep } from '../../../support/sower.ts';
import { type Answer, reportOf, textsOf } from './report-data.ts';

/** Means 0.3, 0.4 / 0.6 and one seed diverged; the second seed lies 0.2 above the first. */
const answer: Answer = (params, seed) => {
  const { lr, momentum } = params as { readonly lr: number; readonly momentum: number };
  if (lr === 0.2 && momentum === 0.9 && seed === 66) return 'diverged';
  const mean = lr === 0.05 ? (momentum === 0 ? 0.3 : 0.4) : 0.6;
  return seed === 1 ? mean - 0.1 : mean + 0.1;
};
const data = reportOf(answer);

describe('figures of a report', () => {
  it('say what was swept', () => {
    const { markup } = sweptSection(data);
    expect(markup).toContain('<dt>lr</dt><dd>0.05, 0.2</dd>');
    expect(markup).toContain('<dd>1, 66</dd>');
    expect(markup).toContain('7 done, 1 diverged');
    expect(markup).not.toContain('notice');
    const onTest = reportOf(answer, {}, smallSweep().replace('val_loss', 'test_loss'));
    expect(sweptSection(onTest).markup).toContain('The objective test_loss is a metric of the test data');
    expect(sweptSection({ ...data, notes: ['8 trials: no row of class b'] }).markup).toContain('no row of class b');
    expect(sweptSection({ ...data, planned: 10 }).markup).toContain('2 trials had not ended');
  });

  it('say what was learned from, and name a class that was not', () => {
    const outline: DataOutline = {
      name: 'letters',
      hash: 'ab'.repeat(32),
      type: 'uint8',
      shape: [2],
      columns: [
        { name: 'age', categories: null },
        { name: 'sex', categories: 3 },
      ],
      prepared_shape: [4],
      classes: ['a', 'b'],
      parts: [
        { part: 'train', rows: 1200, class_rows: [1200, 0] },
        { part: 'test', rows: 30, class_rows: [10, 20] },
      ],
    };
    const described = {
      name: 'letters',
      source: 'file letters.csv',
      fileHash: 'ab',
      target: 'letter',
      steps: ['pixels / 255'],
      outline,
    };
    const { markup } = dataSection({ ...data, data: described })!;
    expect(markup).toContain('<dd>1,200 training, 30 test</dd>');
    expect(markup).toContain('<dd>2 bytes, to the model 4 numbers</dd>');
    expect(markup).toContain('<dd>age, sex (3 categories)</dd>');
    expect(markup).toContain('<dd>2 classes, column letter</dd>');
    expect(textsOf(markup, /<td class="(?:number|words)"/)).toEqual(['a', '1,200', '10', '', 'b', '0', '20', '']);
    expect(textsOf(markup, /<b class="lacking"/)).toEqual(['never trained']);
    expect(dataSection({ ...data, data: { ...described, outline: null } })!.markup).toContain('on another machine');
    expect(dataSection(data)).toBeNull();
  });

  it('rank with spread, interval and reason', () => {
    const cells = textsOf(rankingSection(data)!.markup, /<td class="(?:number|words)"/);
    expect(cells.slice(0, 8)).toEqual(['1', 'c0000', 'best', '0.05', '0', '0.30 ± 0.14', '2/2', '-0.97 .. 1.57']);
    expect(cells.filter((text) => text === '1 of 2 seeds diverged')).toHaveLength(1);
  });

  it('write the mean over seeds into every cell of a heatmap', () => {
    const { markup } = heatmapSection(data)!;
    expect(textsOf(markup, /<text class="value(?: small)?"/)).toEqual(['0.3000', '0.4000', '0.6000', '(0.5000)']);
    expect(textsOf(markup, /<text class="mark halo"/)).toEqual(['1 of 2 diverged', '1 NaN']);
    expect(markup).toContain('lr=0.05 momentum=0.9: mean 0.4000, sd 0.1414, n 2');
  });

  it('put many values of a scale into ranges that hold about equally many', () => {
    const source = smallSweep({ seeds: [1], lr: Array.from({ length: 20 }, (_, i) => (i + 1) / 1000) });
    const many = reportOf(({ lr }) => lr as number, {}, source);
    const grouping = groupingOf(many, 'lr', 12)!;
    expect(grouping.texts).toEqual([
      '0.001 to 0.004',
      '0.005 to 0.008',
      '0.009 to 0.012',
      '0.013 to 0.016',
      '0.017 to 0.02',
    ]);
    expect([0.001, 0.004, 0.005, 0.02].map((lr) => grouping.indexOf({ lr }))).toEqual([0, 0, 1, 4]);
    const { markup } = heatmapSection(many)!;
    expect(textsOf(markup, /<text class="value"/)[0]).toBe('0.002500');
    expect(markup).toContain('lr=0.001 to 0.004 momentum=0: mean 0.002500');
    expect(groupingOf(many, 'momentum', 12)).toMatchObject({ texts: ['0', '0.9'], isBinned: false });
  });

  it('name failed and diverged seeds of one cell apart in its tooltip', () => {
    const [first] = data.ranking.ranked;
    const [row] = data.trials;
    const lost = [
      { ...row!, state: 'failed', reason: 'out of memory' },
      { ...row!, state: 'diverged', reason: 'stuck at chance' },
      { ...row!, state: 'diverged', reason: 'stuck at chance' },
    ] as const;
    const cell = cellOf([{ ...first!, failed: 1, diverged: 2, planned: 5 }], lost);
    expect([cell.mark, cell.reasons]).toEqual(['3 of 5 lost', ['2 at chance', '1 failed']]);
    expect(cellTitle(cell)).toContain('; 1 failed, 2 diverged (2 at chance, 1 failed)');
    expect(cellOf([], [])).toMatchObject({ mean: null, mark: null, empty: true });
  });

  it('make the best cell the brightest, whichever way the objective goes', () => {
    const fills = (markup: string) => [...markup.matchAll(/<rect fill="(#[0-9a-f]{6})"/g)].map((match) => match[1]);
    const brightest = '#fde725';
    expect(fills(heatmapSection(data)!.markup)[0]).toBe(brightest);
    const accuracy = smallSweep().replace('{name: val_loss, goal: minimize}', '{name: val_accuracy, goal: maximize}');
    expect(fills(heatmapSection(reportOf(answer, {}, accuracy))!.markup)[2]).toBe(brightest);
  });

  it('put a dot for every seed with a value', () => {
    const { markup } = seedStripSection(data)!;
    expect(markup.match(/<circle class="dot/g)).toHaveLength(7);
    expect(markup).toContain('c0001 seed 66: 0.5000');
  });

  it('compare the values of one parameter over ranked configurations alone', () => {
    const [low, high] = effectsOf(data, 'lr');
    expect(low).toMatchObject({ text: '0.05', ranked: 2, all: 2 });
    expect(low!.mean).toBeCloseTo(0.35);
    expect(high).toMatchObject({ text: '0.2', ranked: 1, all: 2, sd: null });
    expect(oneFactorSection(data)!.markup).toContain('largest difference of means 0.2500');
  });

  it('draw a line for each configuration, what does not rank apart', () => {
    const { markup } = parallelSection(data)!;
    expect(markup.match(/<path class="run/g)).toHaveLength(4);
    expect(markup.match(/class="run unranked"/g)).toHaveLength(1);
    expect(markup.match(/class="run first"/g)).toHaveLength(1);
  });

  it('average curves over the seeds that reached an epoch', () => {
    const epochs = (losses: readonly number[]) =>
      losses.map((val_loss, i) => ({ epoch: i + 1, metrics: { val_loss } }));
    const course: Course = {
      configuration: 'c0000',
      params: { lr: 0.05, momentum: 0 },
      seeds: [
        { seed: 1, epochs: epochs([1, 0.5, 0.25]) },
        { seed: 66, epochs: epochs([2, 1.5]) },
      ],
    };
    const points = meanCurve(course, 'val_loss');
    expect(points.map(({ epoch, mean, n }) => [epoch, mean, n])).toEqual([
      [1, 1.5, 2],
      [2, 1, 2],
      [3, 0.25, 1],
    ]);
    expect(points[0]!.sd).toBeCloseTo(Math.SQRT1_2);
    const { markup } = learningCurvesSection({ ...data, courses: [course] })!;
    expect(markup).toContain('validation loss, epoch 2: 1.000 ± 0.7071 (n 2)');
    expect(markup).not.toContain('NaN');
    expect(learningCurvesSection(data)).toBeNull();
  });

  it('show what was measured once as a point with its spread', () => {
    const seeds = [1, 2].map((seed) => ({
      seed,
      epochs: [1, 2].map((epoch) => ({
        epoch,
        metrics: { val_loss: seed / epoch, ...(epoch === 2 ? { test_loss: seed } : {}) },
      })),
    }));
    const course: Course = { configuration: 'c0000', params: { lr: 0.05, momentum: 0 }, seeds };
    const { markup } = learningCurvesSection({ ...data, courses: [course] })!;
    expect(markup.match(/<circle class="point s2"/g)).toHaveLength(1);
    expect(markup.match(/<line class="curve s2 whole"/g)).toHaveLength(1);
    expect(markup).toContain('test loss, epoch 2: 1.500');
  });

  it('join the trials that none beats in time and result', () => {
    const timed = [
      { seconds: 3, value: 0.1 },
      { seconds: 1, value: 0.5 },
      { seconds: 2, value: 0.6 },
    ].map((one) => ({ ...one, row: data.trials[0]! }));
    expect(frontier(timed, 'minimize').map(({ seconds }) => seconds)).toEqual([1, 3]);
    expect(frontier(timed, 'maximize').map(({ seconds }) => seconds)).toEqual([1, 2]);
    expect(timeAccuracySection(data)!.markup.match(/<circle class="dot/g)).toHaveLength(7);
  });
});
