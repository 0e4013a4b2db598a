import { SowerError } from '../../shared/kernel/errors.ts';
import { DATA_SETS } from '../../shared/sweep/index.ts';
import type { DataConfig } from '../../shared/sweep/train.ts';
import { keepClasses } from './class-subset.ts';
import type { DataRows, DataSet, RawDataSet } from './data-set.ts';
import { openDigits } from './digits/digits.ts';
import { openFashionMnist, openMnist } from './mnist.ts';
import { splitData } from './split.ts';
import { pairDigits } from './two-digit-sum.ts';
import { describeUntrained } from './untrained-classes.ts';

export interface DataFolders {
  /** Data sets a person gave (`--data-dir`, `SOWER_DATA`), or null. */
  readonly dataDir: string | null;
  /** Where generated and downloaded data sets are kept. */
  readonly cacheDir: string;
  /** A part of a data set that is larger stays on disk. Default: all is read into memory. */
  readonly memoryBytes?: number;
}

/**
 * Data sets held by this process. Trials of one sweep ask for the same split again and again, and engines recognise
 * data they hold by its identity, so the same request gives the same object.
 */
const MAX_HELD = 4;
const raws = new Map<string, Promise<RawDataSet<DataRows>>>();
const splits = new Map<string, Promise<DataSet>>();

/** The data a trial asks for, split. Throws SowerErrors E_DATA_*. */
export function openData(config: DataConfig, folders: DataFolders): Promise<DataSet> {
  const { train = null, validation = null, stratified = false } = config.split;
  const { name, classes = null } = config;
  const source = JSON.stringify([name, folders.dataDir, folders.cacheDir]);
  return held(splits, JSON.stringify([source, classes, train, validation, stratified]), async () => {
    const raw = await held(raws, source, () => openRaw(name, folders));
    const data = splitData(classes === null ? raw : await keepClasses(raw, classes), config.split);
    for (const note of describeUntrained(data)) sayOnStderr(`warning: ${data.name}: ${note}`);
    return data;
  });
}

/** The agent reads it and puts it into its log. */
function sayOnStderr(line: string): void {
  process.stderr.write(`${line}\n`);
}

async function openRaw(name: string, folders: DataFolders): Promise<RawDataSet<DataRows>> {
  const places = { ...folders, notify: sayOnStderr };
  switch (name) {
    case 'digits':
      return openDigits(folders.cacheDir);
    case 'mnist':
      return openMnist(places);
    case 'fashion_mnist':
      return openFashionMnist(places);
    case 'two_digit_sum':
      return pairDigits(name, await openDigits(folders.cacheDir));
    case 'mnist_two_digit_sum':
      return pairDigits(name, await openMnist({ ...places, ...halfOf(folders.memoryBytes) }));
    default:
      throw new SowerError('E_DATA_NAME', `there is no data set "${name}"`, {
        where: 'train.data.name',
        fix: `use one of ${Object.keys(DATA_SETS).join(', ')}`,
      });
  }
}

/** Pairs in memory take twice what their digits take. */
const halfOf = (memoryBytes: number | undefined) => (memoryBytes === undefined ? {} : { memoryBytes: memoryBytes / 2 });

/** The value under `key`, opened on the first request; the oldest gives way, failures are not kept. */
function held<T>(kept: Map<string, Promise<T>>, key: string, open: () => Promise<T>): Promise<T> {
  const known = kept.get(key);
  if (known !== undefined) return known;
  const opening = (async () => open())();
  kept.set(key, opening);
  opening.catch(() => kept.delete(key));
  if (kept.size > MAX_HELD) kept.delete(kept.keys().next().value as string);
  return opening;
}
