/** Data sets from folders of pictures, one folder per class. */
import { SowerError } from '../../../shared/kernel/errors.ts';
import { type DataRows, hashRows, type RawDataSet } from '../data-set.ts';
import type { LocalData } from '../local-data.ts';
import { cachedRows } from '../row-cache.ts';
import { type ImageDecoder, type ImageForm, loadDecoder } from './decode.ts';
import { type ClassedImage, classImages, type ImagePart } from './image-classes.ts';
import { type ImageFile, withImageFiles } from './image-files.ts';

export interface ImageOptions extends LocalData {
  /** Height and width that pictures are brought to. Default: all have the size of the first. */
  readonly size?: readonly [height: number, width: number] | undefined;
  /** Default: grey where the first picture is. */
  readonly channels?: 1 | 3 | undefined;
  /** Takes one line for people. */
  readonly notify: (line: string) => void;
}

/** Of a folder, or a zip archive of one. Throws E_DATA_READ, E_DATA_FORMAT, E_DATA_LABEL, E_DATA_DECODER, E_ARCHIVE_*. */
export function openImages(data: ImageOptions): Promise<RawDataSet<DataRows>> {
  const { name, path, notify } = data;
  return withImageFiles(path, async (files) => {
    const { classes, parts, leftOut } = classImages(files, path);
    if (leftOut > 0) {
      const what = leftOut === 1 ? '1 file is left out, which is' : `${leftOut} files are left out, which are`;
      notify(`warning: ${name}: ${what} no picture or in no class folder`);
    }
    const decoder = await loadDecoder();
    const form = await formOf(parts.train![0]!.file, data, decoder);
    const open = (part: ImagePart) => {
      const images = parts[part];
      return images === null ? null : openPart(part, images, form, data, decoder);
    };
    const [train, validation, test] = [(await open('train'))!, await open('validation'), await open('test')];
    return { name, train, validation, test, classes, hash: await hashRows(train, test, classes, validation) };
  });
}

const placeOf = (data: LocalData, file: ImageFile) => `${data.path}, ${file.name}`;

async function formOf(first: ImageFile, data: ImageOptions, decoder: ImageDecoder): Promise<ImageForm> {
  const { size, channels } = data;
  if (size !== undefined && channels !== undefined) return { height: size[0], width: size[1], channels };
  const own = await decoder.measure(await first.read(), placeOf(data, first));
  const [height, width] = size ?? [own.height, own.width];
  return { height, width, channels: channels ?? own.channels };
}

/** Pictures decoded side by side. */
const SIDE_BY_SIDE = 8;

/** Decoding takes longer than reading what was decoded, so that is kept whatever its size. */
function openPart(
  part: ImagePart,
  images: readonly ClassedImage<ImageFile>[],
  form: ImageForm,
  data: ImageOptions,
  decoder: ImageDecoder,
): Promise<DataRows> {
  const { height, width, channels } = form;
  const decode = async ({ file }: ClassedImage<ImageFile>) => {
    const bytes = await file.read();
    if (data.size === undefined)
      checkSize(await decoder.measure(bytes, placeOf(data, file)), form, placeOf(data, file));
    return decoder.decode(bytes, form, placeOf(data, file));
  };
  return cachedRows({
    ...{ cacheDir: data.cacheDir, memoryBytes: data.memoryBytes },
    ...{ inputType: 'uint8', shape: channels === 1 ? [height, width] : [channels, height, width] },
    ...{ labels: Int32Array.from(images, ({ label }) => label), rows: images.length },
    madeOf: ['images', decoder.version, data.sha256, part],
    make: async (append) => {
      for (let at = 0; at < images.length; at += SIDE_BY_SIDE) {
        for (const row of await Promise.all(images.slice(at, at + SIDE_BY_SIDE).map(decode))) await append(row);
      }
    },
  });
}

function checkSize(own: ImageForm, first: ImageForm, where: string): void {
  if (own.height === first.height && own.width === first.width) return;
  throw new SowerError(
    'E_DATA_FORMAT',
    `it is ${own.height} x ${own.width} pixels, the first picture ${first.height} x ${first.width}`,
    { where, fix: 'say in a sweep file which size all are to be brought to, as in size: [64, 64]' },
  );
}
