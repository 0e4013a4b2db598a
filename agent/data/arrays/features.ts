import { SowerError } from '../../../shared/kernel/errors.ts';
import type { Examples } from '../../engine/port.ts';
import type { DataRows } from '../data-set.ts';
import type { LocalData } from '../local-data.ts';
import { cachedRows } from '../row-cache.ts';
import { checkFinite, type NpyArray, readRowsOf } from './npy.ts';

/** Images have one to four of them, so an axis of that length is theirs. */
const MOST_CHANNELS = 4;

interface Layout {
  /** Of a row, as models see it: channels first. */
  readonly shape: readonly number[];
  /** Values of one pixel that lie side by side in the file; 1 where nothing is to be moved. */
  readonly interleaved: number;
}

export function inputTypeOfArray({ type }: NpyArray): 'uint8' | 'float32' {
  return type.kind === 'u' && type.bytes === 1 ? 'uint8' : 'float32';
}

/** Shape of one row: `[n, h, w, c]` and `[n, c, h, w]` are images, without their channel where there is one. */
export function featureShape(array: NpyArray): readonly number[] {
  return layoutOf(array).shape;
}

function layoutOf({ shape, source }: NpyArray): Layout {
  const [, ...row] = shape;
  if (row.length === 0) return { shape: [1], interleaved: 1 };
  if (row.length < 3) return { shape: row, interleaved: 1 };
  const [first, second, third] = row as [number, number, number];
  if (row.length === 3 && third <= MOST_CHANNELS) {
    return { shape: third === 1 ? [first, second] : [third, first, second], interleaved: third };
  }
  if (row.length === 3 && first <= MOST_CHANNELS) {
    return { shape: first === 1 ? [second, third] : row, interleaved: 1 };
  }
  throw new SowerError('E_DATA_FORMAT', `its shape (${shape.join(', ')}) is neither of rows nor of images`, {
    where: source.where,
    fix: 'expected are (n, features), (n, height, width) or (n, height, width, channels)',
  });
}

/**
 * uint8 stays uint8, everything else becomes float32. Rows that take more than `memoryBytes` stay on disk, as the model
 * sees them, in the cache. Throws E_DATA_FORMAT, E_DATA_ROW (a value that is not finite).
 */
export async function readFeatures(
  array: NpyArray,
  labels: Examples['labels'],
  data: LocalData,
  part: string,
): Promise<DataRows> {
  const { shape } = layoutOf(array);
  const inputType = inputTypeOfArray(array);
  const [rows = 0] = array.shape;
  const count = array.shape.reduce((product, length) => product * length, 1);
  const { memoryBytes, cacheDir } = data;
  if (memoryBytes !== undefined && count * (inputType === 'uint8' ? 1 : 4) > memoryBytes) {
    return cachedRows({
      ...{ cacheDir, memoryBytes, shape, inputType, labels, rows },
      madeOf: ['array', data.sha256, part],
      make: async (append) => {
        for await (const piece of pieces(array)) await append(piece);
      },
    });
  }
  const features = inputType === 'uint8' ? new Uint8Array(count) : new Float32Array(count);
  let at = 0;
  for await (const piece of pieces(array)) {
    features.set(piece, at);
    at += piece.length;
  }
  return { features, shape, labels, rows };
}

async function* pieces(array: NpyArray): AsyncGenerator<Uint8Array | Float32Array> {
  const { shape, interleaved } = layoutOf(array);
  const rowValues = shape.reduce((product, length) => product * length, 1);
  const bytes = inputTypeOfArray(array) === 'uint8';
  let row = 0;
  for await (const values of readRowsOf(array)) {
    const piece = bytes ? new Uint8Array(values.length) : new Float32Array(values.length);
    if (interleaved === 1) piece.set(values);
    else channelsFirst(values, piece, rowValues, interleaved);
    if (piece instanceof Float32Array) checkFinite(piece, row, rowValues, array.source.where);
    row += values.length / rowValues;
    yield piece;
  }
}

function channelsFirst(
  values: ArrayLike<number>,
  into: Uint8Array | Float32Array,
  rowValues: number,
  channels: number,
): void {
  const pixels = rowValues / channels;
  for (let row = 0; row < values.length; row += rowValues) {
    for (let channel = 0; channel < channels; channel++) {
      const plane = row + channel * pixels;
      for (let pixel = 0; pixel < pixels; pixel++) into[plane + pixel] = values[row + pixel * channels + channel]!;
    }
  }
}
