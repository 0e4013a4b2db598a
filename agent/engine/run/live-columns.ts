/**
 * The features of a data set that are not zero in every row: of the 784 pixels of 10,000 MNIST digits, 673. Found once
 * for each `Examples`, whose rows must not change afterwards.
 */
import type { Examples } from '../port.ts';

export interface LiveColumns {
  /** Features in a whole row. */
  readonly width: number;
  /** Ascending, as is `dead`. */
  readonly live: Int32Array;
  readonly dead: Int32Array;
  /** The same rows with their live features alone. */
  readonly examples: Examples;
}

/** Below, the copy and sessions of its own cost more than a few evaluations gain. */
const LEAST_ROWS = 1000;

/** Time is proportional to the columns; for fewer dead ones than this the copies of the state eat up the gain. */
const LARGEST_LIVE_SHARE = 0.95;

const known = new WeakMap<Examples, LiveColumns | null>();

/** Null where leaving columns out would not pay. */
export function liveColumns(examples: Examples): LiveColumns | null {
  let columns = known.get(examples);
  if (columns === undefined) {
    columns = examples.rows < LEAST_ROWS ? null : findLiveColumns(examples);
    known.set(examples, columns);
  }
  return columns;
}

function findLiveColumns(examples: Examples): LiveColumns | null {
  const width = examples.features.length / examples.rows;
  const dead = deadColumns(examples, width);
  const share = 1 - dead.length / width;
  // Of rows that are zero throughout nothing would be left to compute with.
  if (share === 0 || share > LARGEST_LIVE_SHARE) return null;
  const isDead = new Set(dead);
  const live = Int32Array.from({ length: width }, (_, column) => column).filter((column) => !isDead.has(column));
  return { width, live, dead, examples: withColumns(examples, width, live) };
}

/** Goes on with what was zero so far, so that data without dead columns is done after a few rows. */
function deadColumns({ features, rows }: Examples, width: number): Int32Array {
  const dead = Int32Array.from({ length: width }, (_, column) => column);
  let count = width;
  for (let row = 0; row < rows && count > 0; row++) {
    const start = row * width;
    let kept = 0;
    for (let i = 0; i < count; i++) {
      const column = dead[i]!;
      if (features[start + column] === 0) dead[kept++] = column;
    }
    count = kept;
  }
  return dead.slice(0, count);
}

function withColumns(examples: Examples, width: number, columns: Int32Array): Examples {
  const { features, rows, labels } = examples;
  const length = rows * columns.length;
  const packed = features instanceof Uint8Array ? new Uint8Array(length) : new Float32Array(length);
  let at = 0;
  for (let row = 0; row < rows; row++) {
    const start = row * width;
    for (let i = 0; i < columns.length; i++) packed[at++] = features[start + columns[i]!]!;
  }
  return { features: packed, shape: [columns.length], labels, rows };
}
