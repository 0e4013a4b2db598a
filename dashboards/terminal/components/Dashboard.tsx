import { useInput } from 'ink';
import { type ReactNode, useEffect, useReducer, useRef, useState } from 'react';
import { actionOf } from '../core/keys.ts';
import { screenLines } from '../core/screen.ts';
import { act, initialScreen } from '../core/screen-state.ts';
import { pageRows, tableRowCount } from '../core/trials.ts';
import { keyName } from '../hooks/key-name.ts';
import { useClock } from '../hooks/use-clock.ts';
import { useScreenSize } from '../hooks/use-screen-size.ts';
import type { DashboardSource } from '../source.ts';
import { ScreenLines } from './ScreenLines.tsx';

export interface DashboardProps {
  readonly source: DashboardSource;
  readonly ascii: boolean;
  readonly note: string;
  readonly onDetach: () => void;
  readonly onInterrupt: () => void;
  readonly onSuspend: () => void;
}

/** The live dashboard: the source pushes changes, keys choose what is shown. */
export function Dashboard({ source, ascii, note, onDetach, onInterrupt, onSuspend }: DashboardProps): ReactNode {
  const size = useScreenSize();
  const now = useClock();
  const [, redraw] = useReducer((count: number) => count + 1, 0);
  const [state, setState] = useState(initialScreen);
  /** Keys may come faster than renders: each acts on what the one before it chose. */
  const chosen = useRef(state);
  const frozen = useRef<ReturnType<DashboardSource['snapshot']> | null>(null);
  useEffect(() => source.subscribe(redraw), [source]);

  useInput((input, key) => {
    if (key.ctrl && input === 'c') return onInterrupt();
    if (key.ctrl && input === 'z') return onSuspend();
    const action = actionOf(keyName(input, key), chosen.current.screen);
    if (action === null) return;
    if (action === 'detach') return onDetach();
    chosen.current = act(chosen.current, action, tableRowCount(source.view, chosen.current), pageRows(size));
    setState(chosen.current);
  });

  const snapshot = state.frozen ? (frozen.current ?? source.snapshot()) : source.snapshot();
  frozen.current = snapshot;
  const around = { now, ascii, note, frozen: state.frozen };
  return <ScreenLines lines={screenLines(source.view, snapshot, state, around, size)} />;
}
