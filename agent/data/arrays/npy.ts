/** Arrays of NPY files, read piece by piece: values as features or labels want them, whatever type they were stored as. */
import type { Readable } from 'node:stream';
import { SowerError } from '../../../shared/kernel/errors.ts';
import { MAX_NPY_HEADER_BYTES, type NpyHeader, type NpyType, parseNpyHeader } from './npy-header.ts';

/** One NPY file, on disk or in an archive. */
export interface NpySource {
  /** For messages. */
  readonly where: string;
  /** Unpacked. */
  readonly bytes: number;
  open(): Promise<Readable>;
}

export interface NpyArray extends NpyHeader {
  readonly source: NpySource;
}

/** Reads the header alone. Throws E_DATA_FORMAT. */
export async function openNpy(source: NpySource): Promise<NpyArray> {
  const parts: Buffer[] = [];
  let length = 0;
  for await (const part of await source.open()) {
    parts.push(part as Buffer);
    length += (part as Buffer).length;
    if (length >= MAX_NPY_HEADER_BYTES) break;
  }
  return { ...parseNpyHeader(Buffer.concat(parts), source.bytes, source.where), source };
}

/** Bytes after which rows are handed on. */
const PIECE_BYTES = 1 << 20;

/**
 * The values in C order, whole rows (along the first axis) at a time and in float64 where they fit no smaller type. An
 * array in Fortran order comes in one piece.
 */
export async function* readRowsOf(array: NpyArray): AsyncGenerator<ArrayLike<number>> {
  const { shape, type, fortranOrder, headerBytes } = array;
  const rowBytes = shape.slice(1).reduce((product, length) => product * length, type.bytes);
  const pieceBytes = fortranOrder
    ? Number.POSITIVE_INFINITY
    : Math.max(rowBytes, PIECE_BYTES - (PIECE_BYTES % rowBytes));
  let parts: Buffer[] = [];
  let length = 0;
  let skipped = 0;
  for await (const part of await array.source.open()) {
    const rest = (part as Buffer).subarray(Math.min(headerBytes - skipped, (part as Buffer).length));
    skipped += (part as Buffer).length - rest.length;
    parts.push(rest);
    length += rest.length;
    if (length < pieceBytes) continue;
    const joined = Buffer.concat(parts);
    const whole = joined.length - (joined.length % rowBytes);
    yield valuesOf(joined.subarray(0, whole), type);
    parts = [joined.subarray(whole)];
    length -= whole;
  }
  if (length === 0) return;
  const values = valuesOf(Buffer.concat(parts), type);
  yield fortranOrder ? inRowOrder(values, shape) : values;
}

/** All values of a small array. */
export async function readValues(array: NpyArray): Promise<Float64Array> {
  const values = new Float64Array(array.shape.reduce((product, length) => product * length, 1));
  let at = 0;
  for await (const piece of readRowsOf(array)) {
    values.set(piece, at);
    at += piece.length;
  }
  return values;
}

/** A copy, as typed arrays want to begin at multiples of their size. */
function valuesOf(bytes: Buffer, { kind, bytes: size, bigEndian }: NpyType): ArrayLike<number> {
  const { buffer, byteOffset } = new Uint8Array(bytes);
  if (bigEndian) {
    const copy = Buffer.from(buffer, byteOffset, bytes.length);
    if (size === 2) copy.swap16();
    if (size === 4) copy.swap32();
    if (size === 8) copy.swap64();
  }
  switch (kind) {
    case 'u':
      if (size === 8) return Float64Array.from(new BigUint64Array(buffer), Number);
      return new { 1: Uint8Array, 2: Uint16Array, 4: Uint32Array }[size as 1 | 2 | 4](buffer);
    case 'i':
      if (size === 8) return Float64Array.from(new BigInt64Array(buffer), Number);
      return new { 1: Int8Array, 2: Int16Array, 4: Int32Array }[size as 1 | 2 | 4](buffer);
    case 'f':
      return size === 4 ? new Float32Array(buffer) : new Float64Array(buffer);
    case 'b':
      return new Uint8Array(buffer);
    default:
      return kind satisfies never;
  }
}

function inRowOrder(values: ArrayLike<number>, shape: readonly number[]): Float64Array {
  const ordered = new Float64Array(values.length);
  const strides = shape.map((_, axis) => shape.slice(0, axis).reduce((product, length) => product * length, 1));
  const index = shape.map(() => 0);
  let from = 0;
  for (let to = 0; to < ordered.length; to++) {
    ordered[to] = values[from]!;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      from += strides[axis]!;
      if (++index[axis]! < shape[axis]!) break;
      from -= strides[axis]! * shape[axis]!;
      index[axis] = 0;
    }
  }
  return ordered;
}

/** Throws E_DATA_ROW where a value is not finite as float32; `firstRow` is the number of the first of these rows. */
export function checkFinite(values: Float32Array, firstRow: number, rowValues: number, where: string): void {
  const strange = values.findIndex((value) => !Number.isFinite(value));
  if (strange < 0) return;
  const row = firstRow + Math.floor(strange / rowValues);
  throw new SowerError('E_DATA_ROW', `row ${row} (counted from 0) holds ${values[strange]}`, {
    where,
    fix: 'take such rows out, or put numbers there: nothing can be learned from them',
  });
}
