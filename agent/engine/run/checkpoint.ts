/**
 * Checkpoints in the safetensors layout: 8 bytes of header length, a JSON header, raw little-endian values. Python reads
 * them with `safetensors.numpy.load`. Source: github.com/huggingface/safetensors, README, "Format".
 */
import { SowerError } from '../../../shared/kernel/errors.ts';

export interface SavedTensor {
  readonly name: string;
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

export interface Checkpoint {
  readonly tensors: readonly SavedTensor[];
  readonly metadata: Readonly<Record<string, string>>;
}

interface TensorEntry {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly data_offsets: readonly [number, number];
}

const METADATA = '__metadata__';
const LENGTH_BYTES = 8;

export function encodeCheckpoint({ tensors, metadata }: Checkpoint): Uint8Array {
  const header: Record<string, TensorEntry | Checkpoint['metadata']> = { [METADATA]: metadata };
  let end = 0;
  for (const { name, shape, values } of tensors) {
    header[name] = { dtype: 'F32', shape, data_offsets: [end, end + values.byteLength] };
    end += values.byteLength;
  }
  const text = JSON.stringify(header);
  const json = new TextEncoder().encode(text);
  // Padded with spaces, so that the values are aligned for readers that map the file into memory.
  const headerBytes = Math.ceil(json.byteLength / LENGTH_BYTES) * LENGTH_BYTES;
  const file = new Uint8Array(LENGTH_BYTES + headerBytes + end).fill(0x20, LENGTH_BYTES, LENGTH_BYTES + headerBytes);
  new DataView(file.buffer).setBigUint64(0, BigInt(headerBytes), true);
  file.set(json, LENGTH_BYTES);
  let offset = LENGTH_BYTES + headerBytes;
  for (const { values } of tensors) {
    file.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength), offset);
    offset += values.byteLength;
  }
  return file;
}

/** Throws SowerError E_CHECKPOINT_FORMAT where the bytes are not a whole checkpoint. */
export function decodeCheckpoint(file: Uint8Array): Checkpoint {
  try {
    const headerBytes = Number(new DataView(file.buffer, file.byteOffset, file.byteLength).getBigUint64(0, true));
    const start = LENGTH_BYTES + headerBytes;
    const header = JSON.parse(new TextDecoder().decode(file.subarray(LENGTH_BYTES, start)));
    const { [METADATA]: metadata = {}, ...entries } = header as Record<string, TensorEntry>;
    const tensors = Object.entries(entries).map(([name, entry]) => decodeTensor(name, entry, file.subarray(start)));
    return { tensors, metadata: metadata as Record<string, string> };
  } catch (error) {
    throw new SowerError('E_CHECKPOINT_FORMAT', 'the checkpoint is cut short or not one of ours', {
      fix: 'restore from another checkpoint, or start the trial afresh',
      cause: error,
    });
  }
}

function decodeTensor(name: string, { dtype, shape, data_offsets }: TensorEntry, values: Uint8Array): SavedTensor {
  const [begin, end] = data_offsets;
  const count = shape.reduce((product, dim) => product * dim, 1);
  if (dtype !== 'F32' || end - begin !== count * 4 || end > values.byteLength) throw new Error(`tensor ${name}`);
  // Copied by the constructor: `slice` of Node's own Buffer would share the memory of the whole file.
  return { name, shape, values: new Float32Array(new Uint8Array(values.subarray(begin, end)).buffer) };
}
