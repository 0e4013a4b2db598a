import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { openStored, summarizeData } from '../../agent/data/index.ts';
import { pathsByName } from '../../agent/data/sources/locate.ts';
import { cacheFolder } from '../../agent/shell/home.ts';
import { EXIT, SowerError } from '../../shared/kernel/errors.ts';
import { DATA_SETS, dataConfig, hintAmong, resolveTrain, trialAt } from '../../shared/sweep/index.ts';
import type { DataConfig } from '../../shared/sweep/train/data-config.ts';
import { makeHome } from '../home-folder.ts';
import { dataLines } from '../reading/data-lines.ts';
import { loadSweep } from '../running/load-sweep.ts';
import type { Verb } from './verb.ts';

/** More than fit into any usual terminal. */
const MOST_EXAMPLES = 8;

/** A part that takes more is read from disk piece by piece. */
const MEMORY_BYTES = 2 ** 30;

interface ShowFlags {
  readonly dataDir?: string;
  readonly target?: string;
}

/** `sower data show NAME`: what a data set holds, read as a trial would read it. */
export const dataShow: Verb = async ({ home, output, json }, { args, flags }) => {
  const { dataDir = process.env.SOWER_DATA ?? null, target } = flags as ShowFlags;
  const asked = args[0] as string;
  const config = await configOf(asked, dataDir, target);
  makeHome(home);
  const data = await openStored(config, { dataDir, cacheDir: cacheFolder(home), memoryBytes: MEMORY_BYTES });
  const summary = await summarizeData(data, MOST_EXAMPLES);
  if (json) {
    const { examples: _, ...numbers } = summary;
    output.line(JSON.stringify(numbers));
  } else for (const line of dataLines(summary, output)) output.line(line);
  return EXIT.ok;
};

/** Of a known name, of a sweep file (its first trial), or of a file or folder. Of these three, a name comes first. */
async function configOf(asked: string, dataDir: string | null, target: string | undefined): Promise<DataConfig> {
  if (Object.hasOwn(DATA_SETS, asked)) return { name: asked, file: null, split: {}, scale: 'none', prepare: [] };
  const here = pathsByName({ path: asked }, { dataDir, cacheDir: '', sweepDir: process.cwd() });
  const path = here.find((place) => existsSync(place));
  if (path === undefined) throw unknownName(asked);
  if (!/\.(ya?ml|json)$/i.test(asked)) {
    return dataConfig({ file: path, scale: 'none', ...(target === undefined ? {} : { target }) });
  }
  return sweepData(path, dataDir);
}

async function sweepData(asked: string, dataDir: string | null): Promise<DataConfig> {
  const { spec } = (await loadSweep(asked)).valid;
  const train = resolveTrain(spec, trialAt(spec, 0).params);
  if (train.kind !== 'builtin') throw noData(asked);
  const { data } = train;
  if (data.file === null) return data;
  const places = { dataDir, cacheDir: '', sweepDir: dirname(asked) };
  const path = pathsByName(data.file, places).find((place) => existsSync(place));
  return path === undefined ? data : { ...data, file: { ...data.file, path } };
}

const noData = (file: string): SowerError =>
  new SowerError('E_DATA_NAME', 'the trials of this sweep train on no data', { where: file, fix: 'name another file' });

const unknownName = (name: string): SowerError =>
  new SowerError('E_DATA_NAME', `there is no data set, file or folder "${name}"`, {
    fix: /[./\\]/.test(name)
      ? 'check the path: from this folder, or from that of --data-dir (SOWER_DATA)'
      : hintAmong(name, Object.keys(DATA_SETS)),
    exit: EXIT.notFound,
  });
