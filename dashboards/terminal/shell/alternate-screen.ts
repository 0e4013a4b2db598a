import { onExit } from 'signal-exit';

const ENTER = '\u001b[?1049h\u001b[2J\u001b[H';
const LEAVE = '\u001b[?1049l';
const CLEAR = '\u001b[2J\u001b[H';

export interface AlternateScreen {
  /** Blank, cursor at the top: before a repaint from scratch. */
  clear(): void;
  enter(): void;
  leave(): void;
  /** Leaves and stops watching for the end of the process. */
  dispose(): void;
}

/** Draws beside the person's scrollback and restores it on every way out (`exit` alone misses SIGTERM and SIGHUP). */
export function openAlternateScreen(stdout: NodeJS.WriteStream): AlternateScreen {
  let entered = false;
  const enter = () => {
    if (!entered) stdout.write(ENTER);
    entered = true;
  };
  const leave = () => {
    if (entered) stdout.write(LEAVE);
    entered = false;
  };
  const forget = onExit(leave);
  enter();
  return {
    enter,
    leave,
    clear: () => void stdout.write(CLEAR),
    dispose: () => {
      leave();
      forget();
    },
  };
}
