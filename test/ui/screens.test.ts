import { describe, expect, it } from 'vitest';
import { KEY_BINDINGS, type ScreenName } from '../../dashboards/terminal/core/keys.ts';
import { lineWidth } from '../../dashboards/terminal/core/line.ts';
import { screenLines } from '../../dashboards/terminal/core/screen.ts';
import { act, firstVisible, initialScreen, type ScreenState } from '../../dashboards/terminal/core/screen-state.ts';
import { screenSize } from '../../dashboards/terminal/core/size.ts';
import { createSweepView } from '../../shared/view/index.ts';
import { halfwayView, quickstart, STORY_START } from '../support/view-story.ts';

const NOW = STORY_START + 20_000;
const { view } = halfwayView();

function draw(state: Partial<ScreenState>, columns = 120, rows = 40, ascii = false): string[] {
  const around = { now: NOW, ascii, note: 'nats://127.0.0.1:4222', frozen: false };
  const lines = screenLines(
    view,
    view.snapshot(NOW),
    { ...initialScreen, ...state },
    around,
    screenSize(columns, rows),
  );
  return lines.map((line) => line.map(({ text }) => text).join(''));
}

describe('frames', () => {
  const sizes = [
    [200, 60],
    [120, 40],
    [100, 24],
    [80, 24],
    [60, 15],
    [40, 10],
    [0, 0],
  ] as const;
  const states: readonly Partial<ScreenState>[] = [
    { screen: 'overview' },
    { screen: 'trials' },
    { screen: 'trials', grouped: true },
    { screen: 'trials', helpShown: true },
  ];

  it.each(sizes)('never reach the full height or pass the width at %i x %i', (columns, rows) => {
    const size = screenSize(columns, rows);
    for (const state of states) {
      const around = { now: NOW, ascii: false, note: '', frozen: false };
      const lines = screenLines(view, view.snapshot(NOW), { ...initialScreen, ...state }, around, size);
      expect(lines.length).toBeLessThan(rows === 0 ? 24 : Math.max(2, rows));
      expect(Math.max(...lines.map(lineWidth))).toBeLessThanOrEqual(size.columns);
    }
  });

  it('hold only ASCII where asked', () => {
    for (const state of states) {
      // biome-ignore lint/suspicious/noControlCharactersInRegex: the range is what is meant
      expect(draw(state, 120, 40, true).join('\n')).toMatch(/^[\x00-\x7f]*$/);
    }
  });
});

describe('overview', () => {
  it('says where the sweep stands, state by glyph and word', () => {
    const frame = draw({}).join('\n');
    expect(frame).toContain('trials 30/60');
    expect(frame).toContain('50%');
    expect(frame).toContain('✓ 28 done');
    expect(frame).toContain('∞ 1 diverged');
    expect(frame).toContain('✗ 1 failed');
    expect(frame).toContain('● 1 running');
    expect(frame).toContain('○ 29 ready');
  });

  it('shows running trials with epoch and curve, endings, fleet and what needs attention', () => {
    const frame = draw({}).join('\n');
    expect(frame).toMatch(/● t000030 4\/10 +0\.2250 +█▃▁▁/);
    expect(frame).toMatch(/✓ t000029/);
    expect(frame).toContain('alpha  ■■  2/2 busy');
    expect(frame).toContain('needs attention');
    expect(frame).toMatch(/[⠀-⣿]{3}/);
  });

  it('shows on a tiny terminal what runs, what ended and what needs attention below the head', () => {
    const lines = draw({}, 50, 12);
    expect(lines).toHaveLength(11);
    const frame = lines.join('\n');
    expect(frame).toContain('trials 30/60');
    expect(frame).toMatch(/^ ✗ 1 trial failed/m);
    expect(frame).toMatch(/^ ● t000030 4\/10/m);
    expect(frame).toMatch(/^ ✓ t000029/m);
    expect(lines.filter((line) => line.trim() === '')).toEqual([]);
  });

  it('keeps to the head where there is room for no more', () => {
    const lines = draw({}, 40, 6);
    expect(lines).toHaveLength(5);
    expect(lines[1]).toContain('trials 30/60');
  });
});

describe('trials', () => {
  it('pages through rows and marks the selected one', () => {
    const frame = draw({ screen: 'trials', selected: 59 }, 120, 24);
    expect(frame.join('\n')).toContain('45-60 of 60');
    expect(frame.find((line) => line.startsWith(' > '))).toContain('t000059');
  });

  it('shows the reason of a divergence and a failure', () => {
    expect(draw({ screen: 'trials', stateFilter: 'diverged' }, 160, 30).join('\n')).toContain('loss is NaN at epoch 2');
    expect(draw({ screen: 'trials', stateFilter: 'failed' }, 160, 30).join('\n')).toContain('out of memory');
  });

  it('sorts by the objective, best first', () => {
    const frame = draw({ screen: 'trials', sort: 'objective', stateFilter: 'done' });
    expect(frame.find((line) => line.startsWith(' > '))).toContain('t000029');
  });

  it('groups by configuration and never ranks an incomplete, failed or diverged one', () => {
    const frame = draw({ screen: 'trials', grouped: true }, 160, 40);
    expect(frame.find((line) => /^ . c0005/.test(line))).toMatch(/ 1 /);
    expect(frame.find((line) => /^ . c0001/.test(line))).toMatch(/ - .*(failed|diverged)/);
    expect(frame.find((line) => /^ . c0005/.test(line))).toMatch(/±/);
  });

  it('drops columns from the right on a narrow terminal and says how many', () => {
    expect(draw({ screen: 'trials' }, 70, 24).join('\n')).toMatch(/\+\d cols/);
  });

  it('is empty without trials to show', () => {
    const sweep = quickstart();
    const fresh = createSweepView(sweep);
    const around = { now: NOW, ascii: false, note: '', frozen: false };
    const state: ScreenState = { ...initialScreen, screen: 'trials', stateFilter: 'failed' };
    const lines = screenLines(fresh, fresh.snapshot(NOW), state, around, screenSize(80, 24));
    expect(lines.map((line) => line.map(({ text }) => text).join('')).join('\n')).toContain('trials  none');
  });
});

describe('keys', () => {
  it('have one meaning on each screen', () => {
    for (const screen of ['overview', 'trials'] satisfies ScreenName[]) {
      const keys = KEY_BINDINGS.filter((binding) => binding.screens.includes(screen)).flatMap(
        (binding) => binding.keys,
      );
      expect(new Set(keys).size).toBe(keys.length);
    }
  });

  it('move within the table and no further', () => {
    const trials: ScreenState = { ...initialScreen, screen: 'trials' };
    expect(act(trials, 'up', 60, 10).selected).toBe(0);
    expect(act(trials, 'page_down', 60, 10).selected).toBe(10);
    expect(act(trials, 'last', 60, 10).selected).toBe(59);
    expect(act(act(trials, 'last', 60, 10), 'down', 60, 10).selected).toBe(59);
    expect(act(trials, 'down', 0, 10).selected).toBe(0);
  });

  it('keep the selected row on the page', () => {
    for (let selected = 0; selected < 60; selected++) {
      const first = firstVisible(selected, 60, 10);
      expect(first).toBeGreaterThanOrEqual(0);
      expect(selected).toBeGreaterThanOrEqual(first);
      expect(selected).toBeLessThan(first + 10);
    }
  });
});
