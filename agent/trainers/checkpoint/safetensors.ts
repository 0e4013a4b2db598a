/**
 * Adds to a run's own checkpoint what its trial has to remember, and takes it off again, without touching the run's
 * tensors: their bytes come first, so their places in the file stay what they are. Layout: engine/run/checkpoint.ts.
 */
import type { ParameterTensor } from '../../engine/port.ts';

type Metadata = Readonly<Record<string, string>>;

interface Entry {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly data_offsets: readonly [number, number];
}

interface Header {
  readonly metadata: Metadata;
  readonly entries: ReadonlyMap<string, Entry>;
  /** Where values begin. */
  readonly start: number;
}

const METADATA = '__metadata__';
const LENGTH_BYTES = 8;

export interface Extended {
  readonly run: Uint8Array;
  readonly extra: readonly ParameterTensor[];
  readonly metadata: Metadata;
}

/** The file in pieces, header first; `prefix` marks the names of extra tensors, metadata is added to the run's. */
export function extendCheckpoint({ run, extra, metadata }: Extended, prefix: string): readonly Uint8Array[] {
  const header = readHeader(run);
  const entries = new Map(header.entries);
  const body = run.subarray(header.start);
  let end = body.byteLength;
  for (const { name, shape, values } of extra) {
    entries.set(`${prefix}${name}`, { dtype: 'F32', shape, data_offsets: [end, end + values.byteLength] });
    end += values.byteLength;
  }
  const values = extra.map((tensor) => bytesOf(tensor.values));
  return [writeHeader(entries, { ...header.metadata, ...metadata }), body, ...values];
}

/** The parts again; `keys` are those of the added metadata. Throws where the bytes are no such file. */
export function splitCheckpoint(file: Uint8Array, prefix: string, keys: readonly string[]): Extended {
  const header = readHeader(file);
  const own = [...header.entries].filter(([name]) => !name.startsWith(prefix));
  const end = own.reduce((last, [, { data_offsets }]) => Math.max(last, data_offsets[1]), 0);
  if (header.start + end > file.byteLength) throw new Error('the file is cut short');
  const runMetadata = Object.fromEntries(Object.entries(header.metadata).filter(([key]) => !keys.includes(key)));
  const head = writeHeader(new Map(own), runMetadata);
  const run = new Uint8Array(head.byteLength + end);
  run.set(head);
  run.set(file.subarray(header.start, header.start + end), head.byteLength);
  const extra = [...header.entries]
    .filter(([name]) => name.startsWith(prefix))
    .map(([name, entry]) => readTensor(name.slice(prefix.length), entry, file.subarray(header.start)));
  const metadata = Object.fromEntries(keys.flatMap((key) => [[key, header.metadata[key] ?? '']]));
  return { run, extra, metadata };
}

/** What a checksum has to cover: names, places and metadata but `without`, and where values begin in the first piece. */
export function describedContents(
  head: Uint8Array,
  without: string,
): { readonly text: string; readonly start: number } {
  const { metadata, entries, start } = readHeader(head);
  const { [without]: _, ...described } = metadata;
  const sorted = Object.entries(described).sort(([a], [b]) => (a < b ? -1 : 1));
  return { text: JSON.stringify([sorted, [...entries]]), start };
}

function readHeader(file: Uint8Array): Header {
  const length = Number(new DataView(file.buffer, file.byteOffset, file.byteLength).getBigUint64(0, true));
  const start = LENGTH_BYTES + length;
  if (start > file.byteLength) throw new Error('the header is cut short');
  const { [METADATA]: metadata = {}, ...entries } = JSON.parse(
    new TextDecoder().decode(file.subarray(LENGTH_BYTES, start)),
  ) as Record<string, Entry>;
  return { metadata: metadata as unknown as Metadata, entries: new Map(Object.entries(entries)), start };
}

function writeHeader(entries: ReadonlyMap<string, Entry>, metadata: Metadata): Uint8Array {
  const json = new TextEncoder().encode(JSON.stringify({ [METADATA]: metadata, ...Object.fromEntries(entries) }));
  const length = Math.ceil(json.byteLength / LENGTH_BYTES) * LENGTH_BYTES;
  const header = new Uint8Array(LENGTH_BYTES + length).fill(0x20);
  new DataView(header.buffer).setBigUint64(0, BigInt(length), true);
  header.set(json, LENGTH_BYTES);
  return header;
}

function readTensor(name: string, { dtype, shape, data_offsets }: Entry, values: Uint8Array): ParameterTensor {
  const [begin, end] = data_offsets;
  const count = shape.reduce((product, dim) => product * dim, 1);
  if (dtype !== 'F32' || end - begin !== 4 * count || end > values.byteLength)
    throw new Error(`the tensor ${name} is cut short`);
  const floats = new Float32Array(count);
  bytesOf(floats).set(values.subarray(begin, end));
  return { name, shape, values: floats };
}

function bytesOf({ buffer, byteOffset, byteLength }: Float32Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}
