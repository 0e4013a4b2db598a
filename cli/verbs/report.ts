import { resolve } from 'node:path';
import { reportPage } from '../../dashboards/report/page.ts';
import { EXIT } from '../../shared/kernel/errors.ts';
import { writeFileAtomically } from '../../shared/process/atomic-file.ts';
import { formatBytes } from '../../shared/view/format.ts';
import { opener, openInBrowser } from '../browser.ts';
import type { CliContext } from '../context.ts';
import { withBus } from '../reading/open-bus.ts';
import { readSweep } from '../reading/read-sweep.ts';
import { reportData } from '../reading/report-data.ts';
import { findSweep } from '../reading/sweeps.ts';
import { writingTo } from '../writing-to.ts';
import type { Verb } from './verb.ts';

/** `sower report [SWEEP] [-o FILE] [--open]`: one HTML file with everything worth showing. */
export const report: Verb = (context, { args, flags }) =>
  withBus(context, async (bus) => {
    const stored = await readSweep(bus, await findSweep(bus, args[0]));
    const data = await reportData({ bus, home: context.home, stored, now: Date.now() });
    const path = resolve(typeof flags.output === 'string' ? flags.output : `${data.sweep}.html`);
    const page = Buffer.from(reportPage(data));
    await writingTo(path, '--output', () => writeFileAtomically(path, page));
    const { output, json } = context;
    if (json) output.line(JSON.stringify({ sweep: data.sweep, path, bytes: page.byteLength }));
    else output.line(`${path}  ${formatBytes(page.byteLength)}`);
    if (flags.open === true) await show(path, context);
    return EXIT.ok;
  });

async function show(path: string, context: CliContext): Promise<void> {
  const command = opener(context, process.platform, process.env);
  if (command === null) context.output.note('--open: nobody sits at a display here, so it is only written');
  else if (!(await openInBrowser(path, command))) context.output.note(`--open: there is no ${command[0]} here`);
}
