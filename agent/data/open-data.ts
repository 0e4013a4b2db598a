import { assertNever } from '../../shared/kernel/assert.ts';
import type { DataConfig, DataFile } from '../../shared/sweep/train/data-config.ts';
import { preprocessedShape } from '../engine/port.ts';
import { openNpyFiles, openNpz } from './arrays/open-arrays.ts';
import { keepClasses } from './class-subset.ts';
import type { DataRows, DataSet, RawDataSet } from './data-set.ts';
import { openImages } from './images/open-images.ts';
import { openKnown } from './known/open-known.ts';
import { prepareData } from './prepare/prepare.ts';
import { checkForm } from './sources/check-form.ts';
import { locateDataFile } from './sources/locate.ts';
import { splitData } from './split.ts';
import { openTable } from './table/open-table.ts';
import { isRowStep } from './table/row-steps.ts';
import { describeUntrained } from './untrained-classes.ts';

export interface DataFolders {
  /** Data sets a person gave (`--data-dir`, `SOWER_DATA`), or null. */
  readonly dataDir: string | null;
  /** Where generated and downloaded data sets are kept. */
  readonly cacheDir: string;
  /** Folder of the sweep file, where it is at hand. */
  readonly sweepDir?: string | null;
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
const prepared = new Map<string, Promise<DataSet>>();

/** The data a trial asks for, split and with its steps fitted. Throws SowerErrors E_DATA_*. */
export function openData(config: DataConfig, folders: DataFolders): Promise<DataSet> {
  const { name, scale, prepare } = config;
  return held(prepared, JSON.stringify([keysOf(config, folders).parts, scale, prepare]), async () => {
    const { data, notes } = await prepareData(await openStored(config, folders), config);
    for (const note of [...notes, ...describeUntrained(data)]) sayOnStderr(`warning: ${name}: ${note}`);
    return notes.length === 0 ? data : { ...data, notes: fewOf(notes) };
  });
}

/** The same as it is stored, before anything is fitted: tables with their words and gaps. Throws as `openData`. */
export function openStored(config: DataConfig, folders: DataFolders): Promise<DataSet> {
  const { classes, split } = config;
  const { source, parts } = keysOf(config, folders);
  return held(splits, parts, async () => {
    const raw = await held(raws, source, () => openRaw(config, folders));
    return splitData(classes === undefined ? raw : await keepClasses(raw, classes), split);
  });
}

/** What rows as stored depend on, and what their parts do. */
function keysOf({ name, file, size, channels, classes, split, prepare }: DataConfig, folders: DataFolders) {
  const { dataDir, cacheDir, sweepDir } = folders;
  // Objects are written with their keys in one order by whoever parsed the sweep file.
  const source = JSON.stringify([name, file, size, channels, prepare.filter(isRowStep), dataDir, cacheDir, sweepDir]);
  const { train, validation, test, stratified, seed } = split;
  const parts = JSON.stringify([source, classes, train, validation, test, stratified, seed]);
  return { source, parts };
}

/** As many as a result carries beside its own. */
const MOST_NOTES = 5;

const fewOf = (notes: readonly string[]) =>
  notes.length <= MOST_NOTES
    ? notes
    : [
        ...notes.slice(0, MOST_NOTES - 1),
        `${notes.length - MOST_NOTES + 1} more columns are the same in all training rows`,
      ];

/** What a model is checked against: of prepared rows, as its first layer takes them. */
export interface DataMeasure {
  /** Null where numbers are predicted. */
  readonly classes: number | null;
  /** Whether a table's classes are named by numbers; absent where they are not. */
  readonly numericClasses?: boolean;
  /** Numbers to predict for each row; absent for classes. */
  readonly targets?: number;
  readonly inputShape: readonly number[];
  readonly trainingRows: number;
  readonly validationRows: number;
}

/** Opens the data as a trial does. Throws SowerErrors E_DATA_*. */
export async function measureData(config: DataConfig, folders: DataFolders): Promise<DataMeasure> {
  const { train, validation, classes, columns, preprocessing } = await openData(config, folders);
  const named = columns ? classes : null;
  const inputShape = preprocessing ? preprocessedShape(train.shape, preprocessing) : train.shape;
  return {
    classes: classes?.length ?? null,
    ...(classes === null ? { targets: train.labels.length / train.rows } : {}),
    ...(named?.every((name) => name.trim() !== '' && Number.isFinite(Number(name))) ? { numericClasses: true } : {}),
    inputShape,
    trainingRows: train.rows,
    validationRows: validation?.rows ?? 0,
  };
}

/** The agent reads it and puts it into its log. */
function sayOnStderr(line: string): void {
  process.stderr.write(`${line}\n`);
}

async function openRaw(config: DataConfig, folders: DataFolders): Promise<RawDataSet<DataRows>> {
  return config.file === null
    ? openKnown(config, { ...folders, notify: sayOnStderr })
    : openFile(config, config.file, folders);
}

async function openFile(
  { name, size, channels, prepare }: DataConfig,
  file: DataFile,
  { dataDir, cacheDir, sweepDir = null, memoryBytes }: DataFolders,
): Promise<RawDataSet<DataRows>> {
  const located = await locateDataFile(file, { dataDir, cacheDir, sweepDir });
  const { path, sha256, format } = located;
  await checkForm(located, file);
  const local = { name, path, sha256, cacheDir, memoryBytes };
  switch (format) {
    case 'csv':
    case 'tsv':
      return openTable({ name, path, file, prepare });
    case 'npz':
      return openNpz({ ...local, predict: file.predict });
    case 'npy':
      return openNpyFiles({ ...local, predict: file.predict });
    case 'images':
      return openImages({ ...local, size, channels, notify: sayOnStderr });
    default:
      return assertNever(format);
  }
}

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
