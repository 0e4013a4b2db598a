import { EXIT, SowerError } from '../../shared/kernel/errors.ts';
import { bestJson, bestModel, modelLines } from '../reading/best.ts';
import { withBus } from '../reading/open-bus.ts';
import { rankingLines, SHOWN_STANDINGS } from '../reading/ranking-lines.ts';
import { readSweep } from '../reading/read-sweep.ts';
import { findSweep } from '../reading/sweeps.ts';
import type { Verb } from './verb.ts';

/** `sower best [SWEEP]`: the ranking and the best configuration's best model, fetched to this machine if need be. */
export const best: Verb = (context, { args, flags }) =>
  withBus(context, async (bus) => {
    const { view } = await readSweep(bus, await findSweep(bus, args[0]));
    const { output, home, json } = context;
    const ranking = view.ranking();
    const first = ranking.ranked[0];
    if (first === undefined) {
      throw new SowerError('E_NO_RANKING', `no configuration of ${view.sweep} has results from all its seeds`, {
        fix: `see ${context.command} status`,
        exit: EXIT.notFound,
      });
    }
    const model = await bestModel(first, { bus, home, view });
    if (json) {
      output.line(JSON.stringify(bestJson(first, model, view)));
      return EXIT.ok;
    }
    const limit = typeof flags.number === 'number' ? flags.number : SHOWN_STANDINGS;
    for (const line of rankingLines(ranking, view.spec, output, limit)) output.line(line);
    if (model !== null) for (const line of ['', ...modelLines(model)]) output.line(line);
    return EXIT.ok;
  });
