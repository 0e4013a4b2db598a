import type { SweepSnapshot, SweepView } from '../../../shared/view/types.ts';
import type { Surroundings } from './header.ts';
import { helpLines } from './help.ts';
import { footerText } from './keys.ts';
import { clipLine, type Line, text } from './line.ts';
import { overviewLines } from './overview.ts';
import type { ScreenState } from './screen-state.ts';
import type { ScreenSize } from './size.ts';
import { trialsLines } from './trials.ts';

/** The whole frame: never more lines than `size.rows`, never wider than `size.columns`. */
export function screenLines(
  view: SweepView,
  snapshot: SweepSnapshot,
  state: ScreenState,
  around: Surroundings,
  size: ScreenSize,
): readonly Line[] {
  const body = state.helpShown
    ? helpLines(state.screen)
    : state.screen === 'overview'
      ? overviewLines(snapshot, around, size)
      : trialsLines(view, snapshot, state, around, size);
  const room = size.rows - 1;
  const padded = [...body.slice(0, room), ...Array.from({ length: Math.max(0, room - body.length) }, (): Line => [])];
  return [...padded, [text(` ${footerText(state.screen)}`, 'faint')]].map((line) => clipLine(line, size.columns));
}
