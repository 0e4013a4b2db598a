/**
 * The part of the protobuf wire format that ONNX files need: varints, 32-bit floats and length-delimited fields.
 * A message is built front to back as a list of byte pieces, so nested messages and weights are copied once, at the end.
 *
 * Source: protobuf.dev/programming-guides/encoding.
 */

const VARINT = 0;
const LENGTH_DELIMITED = 2;
const FIXED_32 = 5;

const textEncoder = new TextEncoder();

/** Base-128 groups, least significant first; a negative number takes ten bytes, as its 64-bit two's complement. */
function varintBytes(value: number | bigint): Uint8Array {
  if (typeof value === 'number' && !Number.isSafeInteger(value)) throw new Error(`not an integer: ${value}`);
  const bytes: number[] = [];
  if (typeof value === 'number' && value >= 0) {
    let rest = value;
    for (; rest > 127; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 128);
    bytes.push(rest);
    return Uint8Array.from(bytes);
  }
  let rest = BigInt.asUintN(64, BigInt(value));
  while (rest > 127n) {
    bytes.push(Number(rest & 127n) | 128);
    rest >>= 7n;
  }
  bytes.push(Number(rest));
  return Uint8Array.from(bytes);
}

/** One protobuf message under construction; every method adds one field and returns the message. */
export class MessageWriter {
  private readonly pieces: Uint8Array[] = [];
  private byteLength = 0;

  private push(piece: Uint8Array): void {
    this.pieces.push(piece);
    this.byteLength += piece.byteLength;
  }

  private tag(field: number, wireType: number): void {
    this.push(varintBytes(field * 8 + wireType));
  }

  int(field: number, value: number | bigint): this {
    this.tag(field, VARINT);
    this.push(varintBytes(value));
    return this;
  }

  float(field: number, value: number): this {
    this.tag(field, FIXED_32);
    const bytes = new Uint8Array(4);
    new DataView(bytes.buffer).setFloat32(0, value, true);
    this.push(bytes);
    return this;
  }

  bytes(field: number, value: Uint8Array): this {
    this.tag(field, LENGTH_DELIMITED);
    this.push(varintBytes(value.byteLength));
    this.push(value);
    return this;
  }

  string(field: number, value: string): this {
    return this.bytes(field, textEncoder.encode(value));
  }

  message(field: number, message: MessageWriter): this {
    this.tag(field, LENGTH_DELIMITED);
    this.push(varintBytes(message.byteLength));
    for (const piece of message.pieces) this.push(piece);
    return this;
  }

  finish(): Uint8Array {
    const all = new Uint8Array(this.byteLength);
    let offset = 0;
    for (const piece of this.pieces) {
      all.set(piece, offset);
      offset += piece.byteLength;
    }
    return all;
  }
}
