import { describe, expect, it } from 'vitest';
import { bitmapUri, exampleUri } from '../../../../dashboards/report/bitmap.ts';
import type { BestTrial, ReportedEvaluation } from '../../../../dashboards/report/data.ts';
import { bestTrialSection } from '../../../../dashboards/report/figures/best-trial.ts';
import { confusionFigure } from '../../../../dashboards/report/figures/confusion.ts';
import { examplesSection } from '../../../../dashboards/report/figures/examples.ts';
import { filtersSection } from '../../../../dashboards/report/figures/filters.ts';
import { rocFigure } from '../../../../dashboards/report/figures/roc.ts';
import { reportPage } from '../../../../dashboards/report/page.ts';
import { EVALUATION, reportOf, textsOf } from './report-data.ts';

const plain = reportOf((_, seed) => seed);
const withBest = (evaluation: BestTrial['evaluation']) => {
  const best: BestTrial = { trial: 't000000', standing: plain.ranking.ranked[0]!, seed: 1, evaluation };
  return { ...plain, best };
};
const floats = (values: readonly number[]) => Buffer.from(Float32Array.from(values).buffer).toString('base64');

describe('figures of the best trial', () => {
  it('count rows by truth and answer', () => {
    const { markup } = confusionFigure(EVALUATION)!;
    expect(textsOf(markup, /<text class="count/)).toEqual(['3', '1', '1', '5']);
    expect(markup).toContain('1 row of class cat taken for dog: 25.0 % of its class');
  });

  it('draw a ROC curve from corner to corner for each class', () => {
    const { markup } = rocFigure(EVALUATION)!;
    expect(markup).toContain('class cat: AUC 0.8750');
    const [curve] = [...markup.matchAll(/<path class="curve s0" d="M([\d.]+),([\d.]+)L[^"]*L([\d.]+),([\d.]+)"/g)];
    const [x0, y0, x1, y1] = curve!.slice(1).map(Number);
    expect([x0, y1]).toEqual([52, 52]);
    expect(x1).toBeGreaterThan(x0!);
    expect(y0).toBeGreaterThan(y1!);
    expect(
      rocFigure({ ...EVALUATION, per_class: EVALUATION.per_class.map((one) => ({ ...one, roc_auc: null })) }),
    ).toBeNull();
  });

  it('score every class', () => {
    const cells = textsOf(bestTrialSection(withBest(EVALUATION))!.markup, /<td class="(?:number|words)"/);
    expect(cells.slice(0, 6)).toEqual(['cat', '0.7500', '0.7500', '0.7500', '0.8750', '4']);
    expect(cells.slice(12, 16)).toEqual(['macro mean', '0.7917', '0.7917', '0.7917']);
  });

  it('say how numbers are predicted', () => {
    const numbers: ReportedEvaluation = { part: 'val', rows: 5, filters: null, mse: 0.25, mae: 0.5, r2: null };
    const { markup } = bestTrialSection(withBest(numbers))!;
    expect(markup).toContain('<dt>mse</dt><dd>0.2500</dd><dt>mae</dt><dd>0.5000</dd><dt>R2</dt><dd>-</dd>');
  });

  it('write pixels as a bitmap, top row first, in blue, green, red', () => {
    const uri = bitmapUri(1, 2, (_, y) => (y === 0 ? [1, 2, 3] : [4, 5, 6]));
    const bytes = Buffer.from(uri.slice('data:image/bmp;base64,'.length), 'base64');
    expect(bytes.toString('latin1', 0, 2)).toBe('BM');
    expect(bytes.readUInt32LE(2)).toBe(bytes.length);
    expect([...bytes.subarray(54)]).toEqual([3, 2, 1, 0, 6, 5, 4, 0]);
  });

  it('spread an image from black to white and leave rows of numbers as text', () => {
    const image = exampleUri({ type: 'float32', shape: [1, 1, 2], base64: floats([-1, 3]) })!;
    const bytes = Buffer.from(image.uri.split(',')[1]!, 'base64');
    expect([...bytes.subarray(54, 60)]).toEqual([0, 0, 0, 255, 255, 255]);
    expect(exampleUri({ type: 'float32', shape: [2], base64: floats([1, 2]) })).toBeNull();
    const input = { type: 'float32', shape: [2], base64: floats([1.5, -2]) } as const;
    const example = { row: 3, truth: 'cat', predicted: 'dog', probability: 0.9, true_class_probability: 0.1, input };
    const { markup } = examplesSection(withBest({ ...EVALUATION, worst_wrong: [example] }))!;
    expect(markup).toContain('1.5, -2</code>');
    expect(markup).toContain('<b>dog</b>, is <b>cat</b><br>90.0 %');
    const wide = { ...example, input: { type: 'float32', shape: [2, 4], base64: floats(Array(8).fill(1)) } } as const;
    expect(examplesSection(withBest({ ...EVALUATION, worst_wrong: [wide] }))!.markup).toContain(
      'width="192" height="96"',
    );
  });

  it('name the columns and categories of a row', () => {
    const values = [31.5, 1, Number.NaN, 70];
    const input = { type: 'float32', shape: [4], base64: floats(values) } as const;
    const example = { row: 3, truth: 'cat', predicted: 'cat', probability: 0.9, true_class_probability: 0.9, input };
    const data = {
      name: 'people',
      hash: 'ab'.repeat(32),
      type: 'float32',
      shape: [4],
      columns: [
        { name: 'age', categories: null },
        { name: 'sex', categories: 2, category_names: ['female', 'male'] },
        { name: 'income', categories: null },
        { name: 'town', categories: 400, category_names: ['Aachen'] },
      ],
      prepared_shape: [405],
      classes: ['cat', 'dog'],
      parts: [],
    } as const;
    const { markup } = examplesSection(
      withBest({ ...EVALUATION, most_confident_right: [example], worst_wrong: [], data }),
    )!;
    expect(textsOf(markup, /<div(?=>[a-z]+=)/)).toEqual(['age=31.5', 'sex=male', 'income=missing', 'town=70']);
  });

  it('show a picture per filter', () => {
    const values = { type: 'float32', shape: [2, 1, 2, 2], base64: floats([1, 0, 0, -1, 0, 0, 0, 0]) } as const;
    const { markup } = filtersSection(
      withBest({ ...EVALUATION, filters: { parameter: '0.weight', total: 9, values } }),
    )!;
    expect(markup.match(/<img class="filter"/g)).toHaveLength(2);
    expect(markup).toContain('The first 2 of 9 are shown.');
  });

  it('leave sections without data out of the page', () => {
    const titles = (page: string) => textsOf(page, /<h2/);
    expect(titles(reportPage(withBest(null)))).not.toContain('The best trial');
    expect(titles(reportPage(withBest(EVALUATION)))).toContain('The best trial');
    expect(
      titles(reportPage({ ...plain, ranking: { ...plain.ranking, ranked: [], unranked: [] }, trials: [] })),
    ).toEqual(['What was swept', 'How to reproduce']);
  });
});
