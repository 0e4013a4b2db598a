import { EXIT } from '../../shared/kernel/errors.ts';
import { withBus } from '../reading/open-bus.ts';
import { readSweep } from '../reading/read-sweep.ts';
import { statusJson, statusLines } from '../reading/status-page.ts';
import { findSweep } from '../reading/sweeps.ts';
import type { Verb } from './verb.ts';

/** `sower status [SWEEP]`: one page. */
export const status: Verb = (context, { args }) =>
  withBus(context, async (bus) => {
    const { view } = await readSweep(bus, await findSweep(bus, args[0]));
    const snapshot = view.snapshot(Date.now());
    if (context.json) context.output.line(JSON.stringify(statusJson(snapshot)));
    else for (const line of statusLines(snapshot, context)) context.output.line(line);
    return EXIT.ok;
  });
