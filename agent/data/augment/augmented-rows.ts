/** Training images that change anew in every epoch, made when they are read: nothing is kept, so a resumed trial sees the same. */
import { SowerError } from '../../../shared/kernel/errors.ts';
import { deriveKey } from '../../../shared/kernel/random.ts';
import type { PrepareStep } from '../../../shared/sweep/train/data-config.ts';
import type { Examples, StoredExamples } from '../../engine/port.ts';
import { type DataRows, readRows, rowLength } from '../data-set.ts';
import { type AugmentStep, drawTransform } from './draw-transform.ts';
import { type ImageSize, transformImage } from './image-transform.ts';

export interface AugmentedRows extends StoredExamples {
  /** What to add to a row's number to see it as it is in that epoch (from 0). */
  readonly offsetOf: (epoch: number) => number;
}

/** Row numbers are int32. */
const MOST_ROWS = 2 ** 31;

/**
 * The rows as each epoch sees them: row `epoch * rows + row` is that row, changed as `seed`, epoch and row say. After so
 * many epochs that row numbers run out (35,791 of 60,000 rows) the changes come again. Null where no step changes images.
 * Throws E_DATA_SHAPE where rows are no images.
 */
export function augmentedRows(source: DataRows, prepare: readonly PrepareStep[], seed: number): AugmentedRows | null {
  const steps = prepare.filter((step): step is AugmentStep => step.type === 'augment');
  if (steps.length === 0) return null;
  const size = imageSize(source.shape);
  const epochs = Math.max(1, Math.floor(MOST_ROWS / source.rows));
  return {
    shape: source.shape,
    rows: source.rows * epochs,
    offsetOf: (epoch) => (epoch % epochs) * source.rows,
    async read(indices) {
      const read = await readRows(
        source,
        indices.map((index) => index % source.rows),
      );
      return steps.reduce(
        (examples, step, at) => changed(examples, size, step, indices, source.rows, [seed, at]),
        read,
      );
    },
  };
}

function changed(
  examples: Examples,
  size: ImageSize,
  step: AugmentStep,
  indices: Int32Array,
  epochRows: number,
  causes: readonly number[],
): Examples {
  const { features: from } = examples;
  const into = from instanceof Uint8Array ? new Uint8Array(from.length) : new Float32Array(from.length);
  const length = rowLength(examples);
  const keys = new Map<number, number>();
  indices.forEach((index, i) => {
    const epoch = Math.floor(index / epochRows);
    const key = keys.get(epoch) ?? deriveKey('augment', ...causes, epoch);
    keys.set(epoch, key);
    const transform = drawTransform(step, key, index % epochRows);
    transformImage(
      from.subarray(i * length, (i + 1) * length),
      size,
      transform,
      into.subarray(i * length, (i + 1) * length),
    );
  });
  return { ...examples, features: into };
}

function imageSize(shape: readonly number[]): ImageSize {
  const [channels, height, width] = shape.length === 2 ? [1, ...shape] : shape;
  if (shape.length > 3 || height === undefined || width === undefined) {
    throw new SowerError('E_DATA_SHAPE', `augment changes images, but rows have the shape [${shape.join(', ')}]`, {
      where: 'train.data.prepare',
      fix: 'remove augment, or use data whose rows are images',
    });
  }
  return { channels: channels!, height, width };
}
