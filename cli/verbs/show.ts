import { EXIT, SowerError } from '../../shared/kernel/errors.ts';
import { readEvaluation } from '../reading/evaluation.ts';
import { withBus } from '../reading/open-bus.ts';
import { readEvents, readSweep } from '../reading/read-sweep.ts';
import { findSweep } from '../reading/sweeps.ts';
import { attemptsOf, trialPage, trialPageJson } from '../reading/trial-page.ts';
import type { Verb } from './verb.ts';

/** `sower show TRIAL` */
export const show: Verb = (context, { args, flags }) =>
  withBus(context, async (bus) => {
    const wanted = args[0] as string;
    const { view, entry } = await readSweep(bus, await findSweep(bus, flags.sweep as string | undefined));
    const row = view.trial(wanted);
    if (row === null) {
      throw new SowerError('E_NO_TRIAL', `sweep ${entry.sweep} has no trial "${wanted}"`, {
        fix: `list them: ${context.command} trials`,
        exit: EXIT.notFound,
      });
    }
    const record = await bus.done.get(entry.sweep, row.trial);
    const attempts = attemptsOf(await readEvents(bus, entry.sweep), row.trial);
    const evaluation = record === null ? null : await readEvaluation(record, context.home);
    const facts = { sweep: entry.sweep, row, record, attempts, spec: view.spec, evaluation };
    if (context.json) context.output.line(JSON.stringify(trialPageJson(facts)));
    else for (const line of trialPage(facts, context.output)) context.output.line(line);
    return EXIT.ok;
  });
