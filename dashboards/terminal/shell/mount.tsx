import { render } from 'ink';
import { Dashboard } from '../components/Dashboard.tsx';
import type { DashboardEnding, DashboardOptions } from '../source.ts';
import { openAlternateScreen } from './alternate-screen.ts';

const MOST_FPS = 10;
const RESIZE_SETTLES_MS = 100;

/** Mounts the dashboard on the terminal and resolves when it is over; the terminal is then as it was. */
export async function mountDashboard({ source, ascii, note }: DashboardOptions): Promise<DashboardEnding> {
  const { stdout, stdin } = process;
  const screen = openAlternateScreen(stdout);
  let settle: (ending: DashboardEnding) => void = () => {};
  const ending = new Promise<DashboardEnding>((resolve) => {
    settle = resolve;
  });
  const repaint = () => {
    screen.clear();
    app.clear();
    app.rerender(element());
  };
  const suspend = () => {
    screen.leave();
    stdin.setRawMode?.(false);
    process.once('SIGCONT', () => {
      stdin.setRawMode?.(true);
      screen.enter();
      repaint();
    });
    process.kill(process.pid, 'SIGSTOP');
  };
  const element = () => (
    <Dashboard
      source={source}
      ascii={ascii}
      note={note}
      onDetach={() => settle('detached')}
      onInterrupt={() => settle('interrupted')}
      onSuspend={suspend}
    />
  );
  const app = render(element(), {
    exitOnCtrlC: false,
    patchConsole: false,
    maxFps: MOST_FPS,
    incrementalRendering: true,
  });
  let timer: NodeJS.Timeout | null = null;
  const onResize = () => {
    if (timer !== null) clearTimeout(timer);
    timer = setTimeout(repaint, RESIZE_SETTLES_MS);
  };
  stdout.on('resize', onResize);
  try {
    return await Promise.race([ending, source.over.then((): DashboardEnding => 'finished')]);
  } finally {
    if (timer !== null) clearTimeout(timer);
    stdout.off('resize', onResize);
    app.unmount();
    screen.dispose();
  }
}
