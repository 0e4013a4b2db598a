import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { modelLines } from '../../../cli/running/model-table.ts';
import { modelVariants, parseSweep } from '../../../shared/sweep/index.ts';
import { builtinSweep, noopSweep, reference } from './sweep-texts.ts';

const variantsOf = (text: string) => modelVariants(parseSweep(text, 'test.yaml').spec).variants;
const linesOf = (text: string) => modelLines(modelVariants(parseSweep(text, 'test.yaml').spec), 100);
const MODEL = '  model: [{dense: {units: 100, activation: relu}}, {dense: {units: 10}}]';

/** Over lr and these parameters, with this model. */
function sweepOver(parameters: string, model: string): string {
  return builtinSweep({ parameters: `{lr: {value: 0.1}, ${parameters}}` }).replace(MODEL, `  model: ${model}`);
}

describe('the models of a sweep', () => {
  it('one where no parameter shapes it', () => {
    expect(linesOf(builtinSweep())).toEqual([
      'model: 79,510 parameters',
      'layer              output  parameters',
      '0      dense relu  [100]       78,500',
      '1      dense       [10]         1,010',
    ]);
  });

  it('one for each width, named by what varies, the first three in full', () => {
    const text = sweepOver(
      'width: {min: 5, max: 9}',
      `[{dense: {units: "${reference('width')}"}}, {dense: {units: 10}}]`,
    );
    const lines = linesOf(text);
    expect(lines.filter((line) => line.startsWith('model '))).toEqual([
      'model 1 of 5 (width=5): 3,985 parameters',
      'model 2 of 5 (width=6): 4,780 parameters',
      'model 3 of 5 (width=7): 5,575 parameters',
    ]);
    expect(lines.at(-1)).toBe('and 2 models more');
  });

  it('at least as many as were looked at, where there are too many', () => {
    const text = sweepOver(
      'width: {min: 1, max: 900}',
      `[{dense: {units: "${reference('width')}"}}, {dense: {units: 10}}]`,
    );
    const lines = linesOf(text);
    expect(lines[0]).toBe('model 1 of at least 64 (width=1): 805 parameters');
    expect(lines.at(-1)).toBe('and at least 61 models more');
  });

  it('numbers that change no shape make no other model, activations do', () => {
    const dropout = sweepOver(
      'p: {values: [0.1, 0.2]}',
      `[{dropout: {rate: "${reference('p')}"}}, {dense: {units: 10}}]`,
    );
    expect(variantsOf(dropout)).toHaveLength(1);
    const after = sweepOver(
      'a: {values: [relu, tanh]}',
      `[{dense: {units: 5, activation: "${reference('a')}"}}, {dense: {units: 10}}]`,
    );
    expect(variantsOf(after).map(({ params }) => params)).toEqual([{ a: 'relu' }, { a: 'tanh' }]);
  });

  it('of digits-cnn are two', () => {
    const text = readFileSync(new URL('../../../sweeps/digits-cnn.yaml', import.meta.url), 'utf8');
    expect(variantsOf(text).map(({ params }) => params)).toEqual([{ channels: 4 }, { channels: 8 }]);
    expect(linesOf(text)).toContain('0      conv2d 3x3      [8, 28, 28]           72');
  });

  it('layers inside branches are shown by their place', () => {
    const model =
      '[{add: [[], [{conv2d: {out_channels: 1, kernel_size: 3, padding: same}}, flatten]]}, {dense: {units: 10}}]';
    const branches = model.replace('[[], ', '[[flatten], ');
    expect(linesOf(builtinSweep().replace(MODEL, `  model: ${branches}`)).slice(2, 6)).toEqual([
      '0      add         [784]',
      '0.0.0  flatten     [784]',
      '0.1.0  conv2d 3x3  [1, 28, 28]          10',
      '0.1.1  flatten     [784]',
    ]);
  });

  it('none where nothing trains', () => {
    expect(variantsOf(noopSweep({ parameters: '  a: {values: [1, 2]}' }))).toEqual([]);
  });
});
