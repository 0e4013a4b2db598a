import { describe, expect, it } from 'vitest';
import { labelledWords } from '../../../cli/output/wrap.ts';

describe('words below a label', () => {
  const words = ['Mul 12', 'Add 7', 'Gemm 3', 'Relu 1'];

  it('stay on one line where they fit, as in a pipe', () => {
    expect(labelledWords('ops', words, ', ', Number.POSITIVE_INFINITY)).toEqual([
      'ops         Mul 12, Add 7, Gemm 3, Relu 1',
    ]);
  });

  it('break between words, aligned, and no line is wider than the terminal', () => {
    expect(labelledWords('ops', words, ', ', 27)).toEqual(['ops         Mul 12, Add 7,', '            Gemm 3, Relu 1']);
    for (let width = 19; width < 60; width++) {
      const lines = labelledWords('ops', words, ', ', width);
      expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(width);
      expect(lines.map((line) => line.slice(12)).join(' ')).toBe(words.join(', '));
    }
  });

  it('leave no blanks at the end of a line', () => {
    expect(labelledWords('', ['a=1', 'b=2'], '  ', 16)).toEqual(['            a=1', '            b=2']);
  });

  it('keep one word a line where even that is too wide', () => {
    expect(labelledWords('ops', words, ', ', 1)).toHaveLength(4);
  });
});
