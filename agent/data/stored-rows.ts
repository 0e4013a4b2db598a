/** Rows of a data set that stay in their file: only those asked for are read, so memory holds a chunk and not the set. */
import { closeSync, fstatSync, openSync, readSync, type Stats } from 'node:fs';
import { SowerError } from '../../shared/kernel/errors.ts';
import type { Examples } from '../engine/port.ts';
import { rowLength, type StoredRows, takeLabels } from './data-set.ts';

/** Little-endian values, row after row without gaps. */
export interface RowFile {
  readonly path: string;
  readonly inputType: 'uint8' | 'float32';
  /** Where the first row begins. */
  readonly offsetBytes: number;
  readonly shape: readonly number[];
  readonly labels: Examples['labels'];
  readonly rows: number;
}

/** Rows that lie closer together are read in one call: it costs less than the calls it saves. */
const GAP_BYTES = 16 * 1024;
const SPAN_BYTES = 4 * 1024 * 1024;

/** Throws E_DATA_READ where the file cannot be read, was cut short or changed since. */
export function openStoredRows(file: RowFile): StoredRows {
  const known = withFile(file.path, (fd) => fstatSync(fd));
  const bytes = file.offsetBytes + file.rows * rowBytesOf(file);
  if (known.size < bytes) throw unreadable(file.path, `${file.rows} rows need ${bytes} bytes, it has ${known.size}`);
  return rowsOf(file, known);
}

/** The rows at `indices` of stored rows, in that order, without reading them. */
export function takeStoredRows(stored: StoredRows, indices: Int32Array): StoredRows {
  return {
    shape: stored.shape,
    inputType: stored.inputType,
    rows: indices.length,
    labels: takeLabels(stored.labels, stored.rows, indices),
    read: (wanted) => stored.read(wanted.map((row) => indices[row]!)),
  };
}

function rowsOf(file: RowFile, known: Stats): StoredRows {
  const { shape, inputType, rows, labels } = file;
  return {
    shape,
    inputType,
    rows,
    labels,
    async read(indices) {
      const features = withFile(file.path, (fd) => {
        const now = fstatSync(fd);
        if (now.size !== known.size || now.mtimeMs !== known.mtimeMs) throw unreadable(file.path, 'it was changed');
        return readFeatures(fd, file, indices);
      });
      return { features, shape, labels: takeLabels(labels, rows, indices), rows: indices.length };
    },
  };
}

function rowBytesOf(file: Pick<RowFile, 'shape' | 'inputType'>): number {
  return rowLength(file) * (file.inputType === 'uint8' ? 1 : Float32Array.BYTES_PER_ELEMENT);
}

/** Reads in the order of the file, which disks like better, and puts every row where it was asked for. */
function readFeatures(fd: number, file: RowFile, indices: Int32Array): Uint8Array | Float32Array {
  const rowBytes = rowBytesOf(file);
  const bytes = new Uint8Array(indices.length * rowBytes);
  const places = Array.from(indices.keys()).sort((a, b) => indices[a]! - indices[b]!);
  let span = new Uint8Array(0);
  for (let first = 0; first < places.length; ) {
    const begin = indices[places[first]!]! * rowBytes;
    let last = first;
    for (let next = first + 1; next < places.length; next++) {
      const at = indices[places[next]!]! * rowBytes;
      const end = indices[places[last]!]! * rowBytes + rowBytes;
      if (at - end > GAP_BYTES || at + rowBytes - begin > SPAN_BYTES) break;
      last = next;
    }
    const length = indices[places[last]!]! * rowBytes + rowBytes - begin;
    if (span.length < length) span = new Uint8Array(length);
    readFully(fd, span.subarray(0, length), file.offsetBytes + begin, file.path);
    for (; first <= last; first++) {
      const from = indices[places[first]!]! * rowBytes - begin;
      bytes.set(span.subarray(from, from + rowBytes), places[first]! * rowBytes);
    }
  }
  return file.inputType === 'uint8' ? bytes : new Float32Array(bytes.buffer);
}

/** A read may bring less than asked for, above all on network drives. */
function readFully(fd: number, into: Uint8Array, position: number, path: string): void {
  for (let done = 0; done < into.length; ) {
    const count = readSync(fd, into, done, into.length - done, position + done);
    if (count === 0) throw unreadable(path, `it ends at byte ${position + done}`);
    done += count;
  }
}

/** Opened for each use: a trial reads a few times a second, and nothing has to be closed when a data set is let go. */
function withFile<T>(path: string, use: (fd: number) => T): T {
  let fd: number | null = null;
  try {
    fd = openSync(path, 'r');
    return use(fd);
  } catch (error) {
    if (error instanceof SowerError) throw error;
    throw unreadable(path, error instanceof Error ? error.message : String(error), error);
  } finally {
    if (fd !== null) closeSync(fd);
  }
}

function unreadable(path: string, why: string, cause?: unknown): SowerError {
  return new SowerError('E_DATA_READ', `cannot read rows of the data set: ${why}`, {
    where: path,
    fix: 'leave the file as it is while trials train on it, or put an intact one there and try again',
    ...(cause === undefined ? {} : { cause }),
  });
}
