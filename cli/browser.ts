/** Showing a file in the browser of whoever sits at this terminal. */
import { spawn } from 'node:child_process';
import type { CliContext } from './context.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** What opens a file here; null where nobody would see it: through a pipe, or without a display. */
export function opener(
  { output }: Pick<CliContext, 'output'>,
  platform: NodeJS.Platform,
  environment: Environment,
): readonly [program: string, ...args: string[]] | null {
  if (!output.interactive) return null;
  if (platform === 'darwin') return ['open'];
  if (platform === 'win32') return ['explorer.exe'];
  const display = environment.DISPLAY || environment.WAYLAND_DISPLAY;
  return display ? ['xdg-open'] : null;
}

/** Leaves the browser running; false where none could be started. */
export async function openInBrowser(
  path: string,
  [program, ...args]: readonly [string, ...string[]],
): Promise<boolean> {
  const child = spawn(program, [...args, path], { detached: true, stdio: 'ignore' });
  const started = await new Promise<boolean>((resolve) => {
    child.once('spawn', () => resolve(true));
    child.once('error', () => resolve(false));
  });
  child.unref();
  return started;
}
