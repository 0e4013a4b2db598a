import { EXIT } from '../../shared/kernel/errors.ts';
import { readOwner } from '../embedded/home-claim.ts';
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
    const deserted = context.natsUrl === null && readOwner(context.home)?.role !== 'running';
    if (context.json) context.output.line(JSON.stringify(statusJson(snapshot)));
    else for (const line of statusLines(snapshot, context, deserted)) context.output.line(line);
    return EXIT.ok;
  });
