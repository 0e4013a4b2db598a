/** The only door to the terminal dashboard. Ink and React are loaded here, when a terminal is there to draw on. */
import type { DashboardEnding, DashboardOptions } from './source.ts';

export type { DashboardEnding, DashboardOptions, DashboardSource } from './source.ts';

/**
 * Shows the sweep until it is over or the person leaves. Needs a terminal on stdin and stdout. React's development build
 * takes twice the CPU, chalk 5 never reads NO_COLOR, and Ink draws nothing until the end where CI is set: all three are
 * decided by the environment at import, so it is set before.
 */
export async function showDashboard(options: DashboardOptions): Promise<DashboardEnding> {
  process.env.NODE_ENV ??= 'production';
  process.env.CI = 'false';
  if (!options.color) process.env.FORCE_COLOR = '0';
  const { mountDashboard } = await import('./shell/mount.tsx');
  return mountDashboard(options);
}
