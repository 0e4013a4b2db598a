/**
 * MNIST (LeCun, Cortes, Burges) and sets of its kind from their four IDX files. A folder given by a person may hold any rows in that format; the
 * cache and the mirrors hold the official files, known by their SHA-256.
 */
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { EXIT, SowerError } from '../../../shared/kernel/errors.ts';
import { findDataFile, readDataFile, readHead, unpack } from '../data-file.ts';
import { type DataRows, hashRows, type RawDataSet } from '../data-set.ts';
import { checkHash, download, type KnownFile } from '../download.ts';
import { openStoredRows } from '../stored-rows.ts';
import { contentBytes, plainFile } from '../unpacked-file.ts';
import { type IdxHeader, type IdxTensor, MAX_IDX_HEADER_BYTES, parseIdx, parseIdxHeader } from './idx.ts';
import { FASHION_MNIST, type IdxSet, MNIST } from './idx-sets.ts';

export interface MnistPlaces {
  /** A folder given by a person: the files lie in one of the set's `folders` of it. */
  readonly dataDir: string | null;
  readonly cacheDir: string;
  readonly mirrors?: readonly string[];
  /** Images that take more stay on disk. Default: all are read into memory. */
  readonly memoryBytes?: number;
  readonly notify: (line: string) => void;
}

/** One IDX file, plain or packed, whose path messages name. */
interface Source {
  readonly path: string;
  /** Its contents, unpacked. */
  read(): Promise<Uint8Array>;
}

/** Of every set of this kind. */
const CLASS_COUNT = 10;

type FindSource = (file: KnownFile) => Promise<Source>;

/** Throws E_DATA_MISSING, E_DATA_READ, E_DATA_FORMAT, E_DATA_LABEL, E_DATA_HASH, E_DATA_DOWNLOAD. */
export const openMnist = (places: MnistPlaces): Promise<RawDataSet<DataRows>> => openIdxSet(MNIST, places);

/** Throws as `openMnist`. */
export const openFashionMnist = (places: MnistPlaces): Promise<RawDataSet<DataRows>> =>
  openIdxSet(FASHION_MNIST, places);

async function openIdxSet(set: IdxSet, places: MnistPlaces): Promise<RawDataSet<DataRows>> {
  const { name, classes, files } = set;
  const folder = places.dataDir === null ? null : await findFolder(set, places.dataDir);
  const find: FindSource =
    folder === null ? (file) => findOfficial(set, file, places) : (file) => findGiven(set, file, folder);
  const train = await openRows(await find(files.trainImages), await find(files.trainLabels), places);
  const test = await openRows(await find(files.testImages), await find(files.testLabels), places);
  if (String(train.shape) !== String(test.shape)) {
    throw new SowerError(
      'E_DATA_FORMAT',
      `training images are ${train.shape.join(' x ')} pixels, test images ${test.shape.join(' x ')}`,
      { where: folder ?? places.cacheDir, fix: 'put the four files of one data set there' },
    );
  }
  if (train.labels.every((label: number) => label === train.labels[0])) {
    throw new SowerError('E_DATA_LABEL', `all ${train.rows} training rows have label ${train.labels[0]}`, {
      where: folder ?? places.cacheDir,
      fix: 'give rows of at least two classes: there is nothing to tell apart',
    });
  }
  return { name, train, test, classes, hash: await hashRows(train, test, classes) };
}

async function openRows(imagesSource: Source, labelsSource: Source, places: MnistPlaces): Promise<DataRows> {
  const labels = parseIdx(await labelsSource.read(), labelsSource.path, 1);
  const images = await openImages(imagesSource, places);
  const [rows, ...shape] = images.tensor.shape as [number, ...number[]];
  if (rows !== labels.shape[0]) {
    throw new SowerError('E_DATA_FORMAT', `${rows} images, but ${labels.shape[0]} labels in ${labelsSource.path}`, {
      where: imagesSource.path,
      fix: 'replace the pair by files that belong together',
    });
  }
  const strange = labels.values.findIndex((label) => label >= CLASS_COUNT);
  if (strange >= 0) {
    throw new SowerError('E_DATA_LABEL', `label ${labels.values[strange]} of row ${strange} is none of 0 to 9`, {
      where: `${labelsSource.path}, byte ${8 + strange}`,
      fix: 'replace it by labels of digits',
    });
  }
  const known = { shape, labels: Int32Array.from(labels.values), rows };
  if (images.type === 'memory') return { ...known, features: images.tensor.values };
  const { path, tensor } = images;
  return openStoredRows({ ...known, path, inputType: 'uint8', offsetBytes: tensor.headerBytes });
}

type Images =
  | { readonly type: 'memory'; readonly tensor: IdxTensor }
  | { readonly type: 'disk'; readonly tensor: IdxHeader; readonly path: string };

async function openImages(source: Source, { cacheDir, memoryBytes }: MnistPlaces): Promise<Images> {
  if (memoryBytes === undefined || (await contentBytes(source.path)) <= memoryBytes) {
    return { type: 'memory', tensor: parseIdx(await source.read(), source.path, 3) };
  }
  const path = await plainFile(source.path, cacheDir);
  const { head, bytes } = await readHead(path, MAX_IDX_HEADER_BYTES);
  return { type: 'disk', tensor: parseIdxHeader(head, bytes, path, 3), path };
}

/** `train-images-idx3-ubyte` and, as some tools unpack it, `train-images.idx3-ubyte`. */
function plainNames(file: KnownFile): readonly string[] {
  const plain = file.name.replace(/\.gz$/, '');
  return [plain, plain.replace('-idx', '.idx')];
}

/** The folder under `dataDir` that holds the set's files, null where none does. */
async function findFolder({ title, folders, files }: IdxSet, dataDir: string): Promise<string | null> {
  const given = await stat(dataDir).catch(() => null);
  if (!given?.isDirectory()) {
    throw new SowerError('E_DATA_MISSING', 'the data folder (--data-dir, SOWER_DATA) is not a folder', {
      where: dataDir,
      fix: `name a folder of this machine that holds the ${title} files, or leave it out to download them`,
      exit: EXIT.notFound,
    });
  }
  for (const folder of folders.map((name) => join(dataDir, name))) {
    for (const file of Object.values(files)) if ((await findDataFile(folder, plainNames(file))) !== null) return folder;
  }
  return null;
}

async function findGiven({ title }: IdxSet, file: KnownFile, folder: string): Promise<Source> {
  const path = await findDataFile(folder, plainNames(file));
  if (path !== null) return { path, read: () => readDataFile(path) };
  throw new SowerError('E_DATA_MISSING', `${file.name} is missing beside the other ${title} files`, {
    where: folder,
    fix: 'put all four files there, or leave --data-dir out to download them',
    exit: EXIT.notFound,
  });
}

/** From the cache where an intact copy lies there, else from a mirror. */
async function findOfficial(set: IdxSet, file: KnownFile, places: MnistPlaces): Promise<Source> {
  const { cacheDir, mirrors = set.mirrors, notify } = places;
  const path = join(cacheDir, set.name, file.name);
  const packed = (await readCached(file, path, notify)) ?? (await download({ file, mirrors, path, notify }));
  return { path, read: () => unpack(packed, path) };
}

async function readCached(file: KnownFile, path: string, notify: (line: string) => void): Promise<Uint8Array | null> {
  const cached = await readFile(path).catch(() => null);
  if (cached === null) return null;
  try {
    checkHash(cached, file, path);
    return cached;
  } catch (error) {
    notify(`${error instanceof Error ? error.message : error}: ${path} is fetched again`);
    return null;
  }
}
