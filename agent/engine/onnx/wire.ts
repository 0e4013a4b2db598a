/**
 * The part of the protobuf wire format that files of models and of metrics need: varints, floats of 32 and 64 bits, and
 * length-delimited fields.
 * A message is built front to back. Small fields gather in one list of bytes, because a typed array for each would cost
 * more than all else; weights stay where they are and are copied once, at the end.
 *
 * Source: protobuf.dev/programming-guides/encoding.
 */

const VARINT = 0;
const FIXED_64 = 1;
const LENGTH_DELIMITED = 2;
const FIXED_32 = 5;

/** Payloads from here on are kept as they are. */
const LARGE_BYTES = 256;

const textEncoder = new TextEncoder();

/** One protobuf message under construction; every method adds one field and returns the message. */
export class MessageWriter {
  readonly #pieces: Uint8Array[] = [];
  #pieceBytes = 0;
  /** What follows the last piece. */
  #tail: number[] = [];

  get byteLength(): number {
    return this.#pieceBytes + this.#tail.length;
  }

  /** Base-128 groups, least significant first; a negative number takes ten bytes, as its 64-bit two's complement. */
  #varint(value: number | bigint): void {
    if (typeof value === 'number' && value >= 0) {
      let rest = value;
      for (; rest > 127; rest = Math.floor(rest / 128)) this.#tail.push((rest % 128) | 128);
      this.#tail.push(rest);
      return;
    }
    let rest = BigInt.asUintN(64, BigInt(value));
    for (; rest > 127n; rest >>= 7n) this.#tail.push(Number(rest & 127n) | 128);
    this.#tail.push(Number(rest));
  }

  #tag(field: number, wireType: number): void {
    this.#varint(field * 8 + wireType);
  }

  #append(bytes: Uint8Array): void {
    if (bytes.byteLength < LARGE_BYTES) {
      for (const byte of bytes) this.#tail.push(byte);
      return;
    }
    if (this.#tail.length > 0) this.#pieces.push(new Uint8Array(this.#tail));
    this.#pieces.push(bytes);
    this.#pieceBytes += this.#tail.length + bytes.byteLength;
    this.#tail = [];
  }

  int(field: number, value: number | bigint): this {
    if (typeof value === 'number' && !Number.isSafeInteger(value)) throw new Error(`not an integer: ${value}`);
    this.#tag(field, VARINT);
    this.#varint(value);
    return this;
  }

  float(field: number, value: number): this {
    this.#tag(field, FIXED_32);
    const bytes = new Uint8Array(4);
    new DataView(bytes.buffer).setFloat32(0, value, true);
    this.#append(bytes);
    return this;
  }

  double(field: number, value: number): this {
    this.#tag(field, FIXED_64);
    const bytes = new Uint8Array(8);
    new DataView(bytes.buffer).setFloat64(0, value, true);
    this.#append(bytes);
    return this;
  }

  bytes(field: number, value: Uint8Array): this {
    this.#tag(field, LENGTH_DELIMITED);
    this.#varint(value.byteLength);
    this.#append(value);
    return this;
  }

  string(field: number, value: string): this {
    return this.bytes(field, textEncoder.encode(value));
  }

  message(field: number, message: MessageWriter): this {
    this.#tag(field, LENGTH_DELIMITED);
    this.#varint(message.byteLength);
    for (const piece of message.#pieces) this.#append(piece);
    for (const byte of message.#tail) this.#tail.push(byte);
    return this;
  }

  finish(): Uint8Array {
    const all = new Uint8Array(this.byteLength);
    let offset = 0;
    for (const piece of this.#pieces) {
      all.set(piece, offset);
      offset += piece.byteLength;
    }
    all.set(this.#tail, offset);
    return all;
  }
}
