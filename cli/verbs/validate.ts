import { cacheFolder } from '../../agent/shell/home.ts';
import { describeError, EXIT, type ExitCode, type SowerError } from '../../shared/kernel/errors.ts';
import { modelVariants, parseSweep } from '../../shared/sweep/index.ts';
import type { CliContext } from '../context.ts';
import { describeSize } from '../running/announce.ts';
import { checkAgainstData } from '../running/check-data.ts';
import { modelJson, modelLines } from '../running/model-table.ts';
import { examinePinned } from '../running/pin-data.ts';
import type { Verb } from './verb.ts';

interface Verdict {
  readonly faults: readonly SowerError[];
  readonly lines: readonly string[];
  /** What `--json` prints. */
  readonly facts: Readonly<Record<string, unknown>>;
}

/** `sower validate FILE...`: of each every fault, one a line, or the size of the sweep and the models it trains. */
export const validate: Verb = async (context, { args, flags }) => {
  const { output, json } = context;
  const { dataDir = process.env.SOWER_DATA ?? null } = flags as { readonly dataDir?: string };
  const files = args as readonly string[];
  const several = files.length > 1;
  const all: unknown[] = [];
  let worst: ExitCode = EXIT.ok;
  for (const file of files) {
    const { faults, lines, facts } = await verdictOn(file, dataDir, context);
    if (faults.length > 0) worst = EXIT.invalidInput;
    all.push(several ? { file, ...facts } : facts);
    if (json) continue;
    if (several) output.line(`${file}:`);
    for (const line of lines) output.line(line);
    for (const fault of faults) process.stderr.write(`${describeError(fault)}\n`);
  }
  if (json) output.line(JSON.stringify(several ? all : all[0]));
  return worst;
};

async function verdictOn(file: string, dataDir: string | null, { output, home }: CliContext): Promise<Verdict> {
  const places = { dataDir, cacheDir: cacheFolder(home) };
  const examined = await examinePinned(file, { ...places, notify: output.note });
  if ('faults' in examined) return faulty(examined.faults);
  const { faults, know } = await checkAgainstData(examined, file, places);
  if (faults.length > 0) return faulty(faults);
  const { valid } = examined;
  const { configurations, seeds } = valid.spec;
  const models = modelVariants(parseSweep(examined.source, file).spec, know);
  const size = { configurations, seeds: seeds.length, trials: valid.plannedTrials };
  return {
    faults: [],
    lines: [`ok: ${describeSize(valid)}`, ...modelLines(models, output.columns)],
    facts: { ok: true, sweep: valid.id, ...size, models: models.variants.map(modelJson) },
  };
}

function faulty(faults: readonly SowerError[]): Verdict {
  const errors = faults.map(({ code, where, message, fix }) => ({ code, where, message, fix: fix ?? null }));
  return { faults, lines: [], facts: { ok: false, errors } };
}
