/** Which pictures are of which class and part, by the folders they lie in. */
import { SowerError } from '../../../shared/kernel/errors.ts';

export type ImagePart = 'train' | 'validation' | 'test';

export interface ClassedImages<File> {
  /** Names of the class folders of all parts, sorted. */
  readonly classes: readonly string[];
  /** Null where there is no such folder. */
  readonly parts: Readonly<Record<ImagePart, readonly ClassedImage<File>[] | null>>;
  /** Files that are no pictures, or lie in no class folder. */
  readonly leftOut: number;
}

export interface ClassedImage<File> {
  readonly file: File;
  readonly label: number;
}

const PICTURE = /\.(png|jpe?g|webp|gif|tiff?|avif)$/i;
const PART_FOLDERS: ReadonlyMap<string, ImagePart> = new Map([
  ['train', 'train'],
  ['training', 'train'],
  ['val', 'validation'],
  ['valid', 'validation'],
  ['validation', 'validation'],
  ['test', 'test'],
  ['testing', 'test'],
]);

interface Placed<File> {
  readonly file: File;
  /** Names of the folders it lies in. */
  readonly folders: readonly string[];
}

/**
 * `CLASS/picture`, or `train/CLASS/picture` with `validation/` (`val/`) and `test/` beside it; folders below a class
 * belong to it, one folder around all is not counted. Throws E_DATA_FORMAT, E_DATA_LABEL.
 */
export function classImages<File extends { readonly name: string }>(
  files: readonly File[],
  where: string,
): ClassedImages<File> {
  const pictures = files
    .filter(({ name }) => PICTURE.test(name))
    .map((file) => ({ file, folders: file.name.split('/').slice(0, -1) }));
  const placed = withoutOuterFolder(pictures);
  const inParts = isInParts(placed, where);
  const classed = placed.flatMap(({ file, folders }) => {
    const part = inParts ? PART_FOLDERS.get(folders[0]?.toLowerCase() ?? '') : 'train';
    const name = inParts ? folders[1] : folders[0];
    return part === undefined || name === undefined ? [] : [{ file, part, name }];
  });
  const classes = [...new Set(classed.map(({ name }) => name))].sort();
  checkClasses(classes, classed, where);
  const indices = new Map(classes.map((name, index) => [name, index]));
  const imagesOf = (wanted: ImagePart) => {
    const images = classed.filter(({ part }) => part === wanted);
    return images.length === 0 ? null : images.map(({ file, name }) => ({ file, label: indices.get(name)! }));
  };
  return {
    classes,
    parts: { train: imagesOf('train'), validation: imagesOf('validation'), test: imagesOf('test') },
    leftOut: files.length - classed.length,
  };
}

/** `photos/cats/a.png` of an archive of the folder `photos`. */
function withoutOuterFolder<File>(placed: readonly Placed<File>[]): readonly Placed<File>[] {
  const [outer] = placed[0]?.folders ?? [];
  const isOuter = ({ folders }: Placed<File>) => folders.length > 1 && folders[0] === outer;
  if (outer === undefined || PART_FOLDERS.has(outer.toLowerCase()) || !placed.every(isOuter)) return placed;
  return withoutOuterFolder(placed.map(({ file, folders }) => ({ file, folders: folders.slice(1) })));
}

function isInParts(placed: readonly Placed<unknown>[], where: string): boolean {
  const tops = [...new Set(placed.flatMap(({ folders }) => folders.slice(0, 1)))];
  const parts = tops.map((name) => PART_FOLDERS.get(name.toLowerCase()));
  if (parts.includes('train')) return true;
  if (tops.length === 0 || parts.includes(undefined)) return false;
  throw new SowerError('E_DATA_FORMAT', `there is ${tops.join('/ and ')}/ but no train/`, {
    where,
    fix: 'put the training pictures there, in a folder for each class',
  });
}

function checkClasses(
  classes: readonly string[],
  classed: readonly { readonly part: ImagePart }[],
  where: string,
): void {
  const trained = classed.filter(({ part }) => part === 'train').length;
  if (trained === 0) {
    throw new SowerError('E_DATA_FORMAT', 'there are no pictures in folders of their classes', {
      where,
      fix: 'put them there as CLASS/picture.png or train/CLASS/picture.png; PNG, JPEG, WebP, GIF, TIFF and AVIF are read',
    });
  }
  if (classes.length > 1) return;
  throw new SowerError(
    'E_DATA_LABEL',
    `${classed.length === 1 ? 'the one picture is' : `all ${classed.length} pictures are`} in the one class folder ${classes[0]}`,
    {
      where,
      fix: 'give pictures of at least two classes: there is nothing to tell apart',
    },
  );
}
