import { SowerError } from '../../../shared/kernel/errors.ts';
import type { DataConfig, PrepareStep } from '../../../shared/sweep/train/data-config.ts';
import type { AffinePreprocessing } from '../../engine/port.ts';
import { type DataRows, type DataSet, inputTypeOf, readRows, rowLength } from '../data-set.ts';
import { repeatRareRows } from './oversample.ts';
import type { Prepared } from './prepare-table.ts';

/** One entry per channel of an image, or per feature of a row. */
interface Affine {
  readonly shift: readonly number[];
  readonly scale: readonly number[];
}

/**
 * `scale`, `normalize` and `standardize` of images and arrays as one shift and one factor per channel (or feature), and
 * rows repeated where classes are made equally common. Throws E_DATA_CHANNELS, E_DATA_OVERSAMPLE, E_DATA_COLUMN.
 */
export async function prepareArrays(data: DataSet, { scale, prepare }: DataConfig): Promise<Prepared> {
  const notes: string[] = [];
  let train = data.train;
  const channels = channelsOf(train);
  const unit = scale === 'unit' && inputTypeOf(train) === 'uint8' ? 1 / 255 : 1;
  let affine: Affine | null = null;
  for (const step of prepare) {
    if (step.type === 'oversample') train = repeatRareRows(train, data.classes);
    if (step.type === 'normalize') affine = normalized(affine ?? uniform(unit, channels), step, channels);
    if (step.type === 'standardize') {
      if (step.columns !== undefined) throw noColumns(data.name);
      const fitted = await standardized(train, channels);
      affine = fitted.affine;
      notes.push(...fitted.notes);
    }
  }
  // A data set is known by its identity: the same one where no step changes anything.
  if (affine === null && train === data.train) return { data, notes };
  return { data: { ...data, train, ...(affine === null ? {} : { preprocessing: asWritten(affine) }) }, notes };
}

/** Images with channels have them first; the others have one; rows have a range for each feature. */
function channelsOf({ shape }: DataRows): number {
  return shape.length === 2 ? 1 : (shape[0] ?? 1);
}

const uniform = (scale: number, channels: number): Affine => ({
  shift: Array.from({ length: channels }, () => 0),
  scale: Array.from({ length: channels }, () => scale),
});

/** ((x - shift) * scale - mean) / sd, as one shift and one factor. */
function normalized(
  { shift, scale }: Affine,
  { mean, sd }: Extract<PrepareStep, { readonly type: 'normalize' }>,
  channels: number,
): Affine {
  const [means, sds] = [perChannel(mean, 'mean', channels), perChannel(sd, 'sd', channels)];
  return {
    shift: shift.map((x, i) => x + means[i]! / scale[i]!),
    scale: scale.map((x, i) => x / sds[i]!),
  };
}

function perChannel(value: number | readonly number[], what: string, channels: number): readonly number[] {
  if (typeof value === 'number') return Array.from({ length: channels }, () => value);
  if (value.length === channels) return value;
  const has = channels === 1 ? 'the images have 1 channel' : `the images have ${channels} channels`;
  throw new SowerError('E_DATA_CHANNELS', `${what} has ${value.length} entries, but ${has}`, {
    where: 'train.data.prepare, normalize',
    fix: 'give one number for all, or one for each channel',
  });
}

/** Rows read at a time where they are on disk. */
const ROWS_AT_A_TIME = 1024;

/** Whatever scale was before, mean 0 and standard deviation 1 of every channel come to this. */
async function standardized(
  rows: DataRows,
  channels: number,
): Promise<{ readonly affine: Affine; readonly notes: readonly string[] }> {
  const sums = new Float64Array(channels);
  const squares = new Float64Array(channels);
  const length = rowLength(rows);
  const plane = length / channels;
  // Differences from some value of the channel, so that squares do not swamp a small spread.
  const origin = new Float64Array(channels);
  for (let from = 0; from < rows.rows; from += ROWS_AT_A_TIME) {
    const count = Math.min(ROWS_AT_A_TIME, rows.rows - from);
    const indices = Int32Array.from({ length: count }, (_, i) => from + i);
    const { features } = await readRows(rows, indices);
    if (from === 0) for (let channel = 0; channel < channels; channel++) origin[channel] = features[channel * plane]!;
    for (let start = 0; start < features.length; start += plane) {
      const channel = (start / plane) % channels;
      const zero = origin[channel]!;
      let [sum, square] = [0, 0];
      for (let at = start; at < start + plane; at++) {
        const difference = features[at]! - zero;
        sum += difference;
        square += difference * difference;
      }
      sums[channel]! += sum;
      squares[channel]! += square;
    }
  }
  const count = rows.rows * plane;
  const means = Array.from(sums, (sum) => sum / count);
  const spreads = means.map((mean, i) => Math.sqrt(Math.max(0, squares[i]! / count - mean * mean)));
  const what = rows.shape.length === 1 ? 'feature' : 'channel';
  const notes = spreads.flatMap((sd, i) =>
    sd === 0 ? [`${what} ${i} is ${origin[i]} in all training rows: standardize leaves only zeros`] : [],
  );
  const shift = means.map((mean, i) => mean + origin[i]!);
  return { affine: { shift, scale: spreads.map((sd) => (sd === 0 ? 1 : 1 / sd)) }, notes };
}

/** One number where there is one channel. */
function asWritten({ shift, scale }: Affine): AffinePreprocessing {
  return shift.length === 1 ? { shift: shift[0]!, scale: scale[0]! } : { shift, scale };
}

function noColumns(name: string): SowerError {
  return new SowerError('E_DATA_COLUMN', `standardize names columns, but ${name} is no table`, {
    where: 'train.data.prepare, standardize',
    fix: 'remove columns',
  });
}
