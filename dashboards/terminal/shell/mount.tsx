import { render } from 'ink';
import { Dashboard } from '../components/Dashboard.tsx';
import type { DashboardEnding, DashboardOptions } from '../source.ts';
import { TerminalScreen } from './terminal-screen.ts';

/** Mounts the dashboard on the terminal and resolves when it is over; the terminal is then as it was. */
export async function mountDashboard({ source, ascii, note }: DashboardOptions): Promise<DashboardEnding> {
  const { stdin } = process;
  const screen = new TerminalScreen(process.stdout);
  let settle: (ending: DashboardEnding) => void = () => {};
  const ending = new Promise<DashboardEnding>((resolve) => {
    settle = resolve;
  });
  const suspend = () => {
    screen.hide();
    stdin.setRawMode(false);
    process.once('SIGCONT', () => {
      stdin.setRawMode(true);
      screen.show();
    });
    process.kill(process.pid, 'SIGSTOP');
  };
  const app = render(
    <Dashboard
      source={source}
      ascii={ascii}
      note={note}
      onDetach={() => settle('detached')}
      onInterrupt={() => settle('interrupted')}
      onSuspend={suspend}
    />,
    // The screen has of a terminal's stream what Ink uses: columns, rows, `resize`, write.
    { stdout: screen as unknown as NodeJS.WriteStream, stdin, debug: true, exitOnCtrlC: false, patchConsole: false },
  );
  try {
    return await Promise.race([ending, source.over.then((): DashboardEnding => 'finished')]);
  } finally {
    app.unmount();
    screen.close();
  }
}
