import { openData, summarizeData } from '../../agent/data/index.ts';
import { cacheFolder } from '../../agent/shell/home.ts';
import { EXIT, SowerError } from '../../shared/kernel/errors.ts';
import { DATA_SETS, hintAmong } from '../../shared/sweep/index.ts';
import { makeHome } from '../home-folder.ts';
import { dataLines } from '../reading/data-lines.ts';
import type { Verb } from './verb.ts';

/** More than fit into any usual terminal. */
const MOST_EXAMPLES = 8;

/** `sower data show NAME`: what a data set holds, read as a trial would read it. */
export const dataShow: Verb = async ({ home, output, json }, { args, flags }) => {
  const { dataDir = process.env.SOWER_DATA ?? null } = flags as { readonly dataDir?: string };
  const name = args[0] as string;
  if (!Object.hasOwn(DATA_SETS, name)) throw unknownName(name);
  makeHome(home);
  const config = { name, file: null, split: {}, scale: 'none', prepare: [] } as const;
  const data = await openData(config, { dataDir, cacheDir: cacheFolder(home) });
  const summary = await summarizeData(data, MOST_EXAMPLES);
  if (json) {
    const { examples: _, ...numbers } = summary;
    output.line(JSON.stringify(numbers));
  } else for (const line of dataLines(summary, output.columns)) output.line(line);
  return EXIT.ok;
};

const unknownName = (name: string): SowerError =>
  new SowerError('E_DATA_NAME', `there is no data set "${name}"`, {
    fix: hintAmong(name, Object.keys(DATA_SETS)),
    exit: EXIT.notFound,
  });
