import { cacheFolder } from '../../agent/shell/home.ts';
import { describeError, EXIT } from '../../shared/kernel/errors.ts';
import { modelVariants } from '../../shared/sweep/index.ts';
import { describeSize } from '../running/announce.ts';
import { modelJson, modelLines } from '../running/model-table.ts';
import { examinePinned } from '../running/pin-data.ts';
import type { Verb } from './verb.ts';

/** `sower validate FILE`: every fault, one a line, or the size of the sweep and the models it trains. */
export const validate: Verb = async ({ output, json, home }, { args }) => {
  const examined = await examinePinned(args[0] as string, {
    dataDir: process.env.SOWER_DATA ?? null,
    cacheDir: cacheFolder(home),
    notify: output.note,
  });
  if ('faults' in examined) {
    const { faults } = examined;
    if (json) {
      const errors = faults.map(({ code, where, message, fix }) => ({ code, where, message, fix: fix ?? null }));
      output.line(JSON.stringify({ ok: false, errors }));
    } else {
      for (const fault of faults) process.stderr.write(`${describeError(fault)}\n`);
    }
    return EXIT.invalidInput;
  }
  const { valid } = examined;
  const { configurations, seeds } = valid.spec;
  const models = modelVariants(valid.spec);
  if (json) {
    const size = { configurations, seeds: seeds.length, trials: valid.plannedTrials };
    output.line(JSON.stringify({ ok: true, sweep: valid.id, ...size, models: models.variants.map(modelJson) }));
    return EXIT.ok;
  }
  output.line(`ok: ${describeSize(valid)}`);
  for (const line of modelLines(models, output.columns)) output.line(line);
  return EXIT.ok;
};
