import type { TrialState } from './types.ts';

/** A state is shown as a glyph and a word, never by colour alone. */
export interface StateMark {
  readonly glyph: string;
  /** Where the terminal or the locale shows only ASCII. */
  readonly ascii: string;
  readonly tone: 'good' | 'bad' | 'warn' | 'plain' | 'faint';
}

export const STATE_MARKS: Readonly<Record<TrialState, StateMark>> = {
  running: { glyph: '●', ascii: 'R', tone: 'plain' },
  retrying: { glyph: '↻', ascii: 'r', tone: 'warn' },
  lost: { glyph: '?', ascii: '?', tone: 'warn' },
  ready: { glyph: '○', ascii: '.', tone: 'faint' },
  done: { glyph: '✓', ascii: 'D', tone: 'good' },
  diverged: { glyph: '∞', ascii: 'V', tone: 'warn' },
  failed: { glyph: '✗', ascii: 'F', tone: 'bad' },
  pruned: { glyph: '⊘', ascii: 'P', tone: 'faint' },
  cancelled: { glyph: '⊗', ascii: 'C', tone: 'faint' },
};

export function stateGlyph(state: TrialState, ascii: boolean): string {
  return ascii ? STATE_MARKS[state].ascii : STATE_MARKS[state].glyph;
}
