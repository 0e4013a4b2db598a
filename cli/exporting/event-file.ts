/**
 * TensorBoard's event files: protobuf `Event`s (tensorflow/core/util/event.proto, framework/summary.proto) framed as
 * TFRecords: length (uint64), masked CRC of it, bytes, masked CRC of them, all little-endian.
 */
import { MessageWriter } from '../../agent/engine/onnx/wire.ts';

export interface Scalar {
  readonly tag: string;
  /** Not finite where a metric was not. */
  readonly value: number;
}

/** What a plugin wants to know of a run; its tensor says nothing. */
export interface PluginNote {
  readonly tag: string;
  readonly plugin: string;
  readonly content: MessageWriter;
}

/** One event file, front to back. Times are wall-clock milliseconds. */
export interface EventFile {
  scalars(at: number, step: number, scalars: readonly Scalar[]): void;
  note(at: number, note: PluginNote): void;
  finish(): Uint8Array;
}

/** A file without this first event is not read. */
const FILE_VERSION = 'brain.Event:2';

export function eventFile(startedAt: number): EventFile {
  const records: Uint8Array[] = [frame(eventAt(startedAt, 0).string(3, FILE_VERSION).finish())];
  return {
    scalars(at, step, scalars) {
      const summary = new MessageWriter();
      for (const { tag, value } of scalars) {
        summary.message(1, new MessageWriter().string(1, tag).float(2, value));
      }
      records.push(frame(eventAt(at, step).message(5, summary).finish()));
    },
    note(at, { tag, plugin, content }) {
      const data = new MessageWriter().string(1, plugin).bytes(2, content.finish());
      const metadata = new MessageWriter().message(1, data);
      const value = new MessageWriter().string(1, tag).message(8, nullTensor()).message(9, metadata);
      records.push(frame(eventAt(at, 0).message(5, new MessageWriter().message(1, value)).finish()));
    },
    finish: () => Buffer.concat(records),
  };
}

function eventAt(at: number, step: number): MessageWriter {
  return new MessageWriter().double(1, at / 1000).int(2, step);
}

/** float32 of shape [0]: readers pass over summaries that have neither a value nor a tensor. */
function nullTensor(): MessageWriter {
  const DT_FLOAT = 1;
  return new MessageWriter().int(1, DT_FLOAT).message(2, new MessageWriter().message(2, new MessageWriter()));
}

const LENGTH_BYTES = 8;
const CRC_BYTES = 4;

function frame(bytes: Uint8Array): Uint8Array {
  const framed = Buffer.alloc(LENGTH_BYTES + CRC_BYTES + bytes.byteLength + CRC_BYTES);
  framed.writeBigUInt64LE(BigInt(bytes.byteLength), 0);
  framed.writeUInt32LE(maskedCrc(framed.subarray(0, LENGTH_BYTES)), LENGTH_BYTES);
  framed.set(bytes, LENGTH_BYTES + CRC_BYTES);
  framed.writeUInt32LE(maskedCrc(bytes), framed.byteLength - CRC_BYTES);
  return framed;
}

/** Rotated and shifted, so that a CRC of data that holds CRCs stays meaningful (tensorflow/core/lib/hash/crc32c.h). */
function maskedCrc(bytes: Uint8Array): number {
  const crc = crc32c(bytes);
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
}

/** Castagnoli's polynomial, bits reversed. */
const POLYNOMIAL = 0x82f63b78;

const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ POLYNOMIAL : crc >>> 1;
  return crc;
});

/** CRC-32C (RFC 3720, appendix B.4). */
export function crc32c(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) crc = TABLE[(crc ^ byte) & 0xff]! ^ (crc >>> 8);
  return (crc ^ 0xffffffff) >>> 0;
}
