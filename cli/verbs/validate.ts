import { cacheFolder } from '../../agent/shell/home.ts';
import { describeError, EXIT, type ExitCode, type SowerError } from '../../shared/kernel/errors.ts';
import { modelVariants, parseSweep } from '../../shared/sweep/index.ts';
import type { Output } from '../output/output.ts';
import { describeSize } from '../running/announce.ts';
import { checkAgainstData } from '../running/check-data.ts';
import { modelJson, modelLines } from '../running/model-table.ts';
import { examinePinned } from '../running/pin-data.ts';
import type { Verb } from './verb.ts';

/** `sower validate FILE`: every fault, one a line, or the size of the sweep and the models it trains. */
export const validate: Verb = async ({ output, json, home }, { args, flags }) => {
  const file = args[0] as string;
  const { dataDir = process.env.SOWER_DATA ?? null } = flags as { readonly dataDir?: string };
  const places = { dataDir, cacheDir: cacheFolder(home) };
  const examined = await examinePinned(file, { ...places, notify: output.note });
  if ('faults' in examined) return tellFaults(examined.faults, output, json);
  const { faults, know } = await checkAgainstData(examined, file, places);
  if (faults.length > 0) return tellFaults(faults, output, json);
  const { valid } = examined;
  const { configurations, seeds } = valid.spec;
  const models = modelVariants(parseSweep(examined.source, file).spec, know);
  if (json) {
    const size = { configurations, seeds: seeds.length, trials: valid.plannedTrials };
    output.line(JSON.stringify({ ok: true, sweep: valid.id, ...size, models: models.variants.map(modelJson) }));
    return EXIT.ok;
  }
  output.line(`ok: ${describeSize(valid)}`);
  for (const line of modelLines(models, output.columns)) output.line(line);
  return EXIT.ok;
};

function tellFaults(faults: readonly SowerError[], output: Output, json: boolean): ExitCode {
  if (json) {
    const errors = faults.map(({ code, where, message, fix }) => ({ code, where, message, fix: fix ?? null }));
    output.line(JSON.stringify({ ok: false, errors }));
  } else {
    for (const fault of faults) process.stderr.write(`${describeError(fault)}\n`);
  }
  return EXIT.invalidInput;
}
